/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Drawn with half blocks, blocks, braille, letters, and tables. */
#include "link/qr_drawn.h"

#include "base/utf8.h"
#include "link/qr_make.h"
#include "test.h"

static const char url[] = "https://bad.example/login?x=1";
static struct qr_code code;

struct seen {
	struct buf text;
};

static void
on_found(void *arg, struct str text)
{
	struct seen *s = arg;

	buf_add(&s->text, text);
	buf_addc(&s->text, ' ');
}

static bool
on_late(void *arg)
{
	(void)arg;
	return false;
}

static bool
dark(int x, int y)
{
	return x >= 0 && y >= 0 && x < (int)code.side && y < (int)code.side && *qr_at(&code, (unsigned)x, (unsigned)y);
}

static void
put(struct buf *b, uint32_t c)
{
	char utf8[UTF8_MAX];

	buf_add(b, (struct str){ utf8, utf8_put(utf8, c) });
}

static void
half_blocks(struct buf *b, bool inverted)
{
	static const uint32_t glyph[] = { ' ', 0x2580, 0x2584, 0x2588 };

	for (int y = -2; y < (int)code.side + 2; y += 2) {
		for (int x = -2; x < (int)code.side + 2; x++)
			put(b, glyph[(dark(x, y) != inverted) + 2 * (dark(x, y + 1) != inverted)]);
		buf_addc(b, '\n');
	}
}

static void
braille(struct buf *b)
{
	static const int dx[] = { 0, 0, 0, 1, 1, 1, 0, 1 }, dy[] = { 0, 1, 2, 0, 1, 2, 3, 3 };

	for (int y = -4; y < (int)code.side + 4; y += 4) {
		for (int x = -2; x < (int)code.side + 2; x += 2) {
			uint32_t c = 0x2800;

			for (int i = 0; i < 8; i++)
				c |= dark(x + dx[i], y + dy[i]) ? 1u << i : 0;
			put(b, c);
		}
		buf_addc(b, '\n');
	}
}

static void
characters(struct buf *b, const char *on, const char *off, const char *end)
{
	for (int y = -1; y <= (int)code.side; y++) {
		for (int x = -1; x <= (int)code.side; x++)
			buf_adds(b, dark(x, y) ? on : off);
		buf_adds(b, end);
	}
}

static void
table(struct buf *b, const char *head, const char *on, const char *off)
{
	buf_adds(b, head);
	for (int y = 0; y < (int)code.side; y++) {
		buf_adds(b, "<tr>");
		for (int x = 0; x < (int)code.side; x++)
			buf_adds(b, dark(x, y) ? on : off);
		buf_adds(b, "</tr>\n");
	}
	buf_adds(b, "</table>");
}

static void
check(const char *name, const struct buf *in, bool html)
{
	struct limits lim = { .html_tags = 100000, .html_attrs = 100 };
	struct seen seen;
	struct qr_job job = { on_found, on_late, &seen };

	buf_init(&seen.text, 4096);
	if (html)
		test_ok(qr_drawn_html(&lim, buf_str(in), &job), "went on to the end");
	else
		test_ok(qr_drawn_text(buf_str(in), &job), "went on to the end");
	test_ok(str_find(buf_str(&seen.text), str_of(url)) != STR_NPOS, name);
	buf_clear(&seen.text);
}

static void
texts(void)
{
	static const struct {
		const char *name, *on, *off, *end;
	} rows[] = {
		{ "##", "##", "  ", "\n" },
		{ "a character a module", "#", " ", "\n" },
		{ "full blocks", "\xe2\x96\x88\xe2\x96\x88", "  ", "\r\n" },
		{ "no-break spaces", "\xe2\x96\x88\xe2\x96\x88", "\xc2\xa0\xc2\xa0", "\n" },
		{ "digits", "11", "00", "\n" },
		{ "letters", "MM", "..", "\n" },
		{ "squares", "\xe2\xac\x9b", "\xe2\xac\x9c", "\n" },
		{ "full width", "\xef\xbc\x83", "\xe3\x80\x80", "\n" },
		{ "an empty line after each", "##", "  ", "\n\n" },
	};
	struct buf b;

	buf_init(&b, 1 << 20);
	buf_adds(&b, "Dear customer,\nplease scan:\n\n");
	half_blocks(&b, false);
	check("half blocks", &b, false);
	buf_reset(&b);
	half_blocks(&b, true);
	check("half blocks, inverted", &b, false);
	buf_reset(&b);
	braille(&b);
	check("braille", &b, false);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_reset(&b);
		characters(&b, rows[i].on, rows[i].off, rows[i].end);
		buf_adds(&b, "Yours sincerely\n");
		check(rows[i].name, &b, false);
	}
	buf_clear(&b);
}

static void
pages(void)
{
	static const struct {
		const char *name, *head, *on, *off;
	} rows[] = {
		{ "bgcolor", "<table>", "<td bgcolor=black>", "<td bgcolor=\"#ffffff\">" },
		{ "bgcolor of the table", "<table bgcolor=#000000>", "<td></td>", "<td bgcolor=#fff></td>" },
		{ "style", "<table>", "<td style=\"width:4px;background-color:#003\">&nbsp;</td>", "<td></td>" },
		{ "style, rgb()", "<table>", "<td style=\"background:rgb(10, 20,30)\"></td>", "<td></td>" },
		{ "references", "<table>", "<td style=\"background&#58;&#35;000\"></td>", "<td></td>" },
		{ "classes", "<style>td.d, .x { height: 4px; background: #112233 }</style><table>", "<td class=\"k d\">", "<td>" },
		{ "light on dark", "<table bgcolor=navy>", "<td bgcolor=white>", "<td>" },
		{ "a table within a table", "<table><tr><td>Scan me<table>", "<td bgcolor=black>", "<td>" },
	};
	struct buf b;

	buf_init(&b, 1 << 20);
	buf_adds(&b, "<html><p>Scan<pre>");
	half_blocks(&b, false);
	buf_adds(&b, "</pre>");
	check("half blocks in <pre>", &b, true);
	buf_reset(&b);
	characters(&b, "&#9608;&#9608;", "&nbsp;&nbsp;", "<br>");
	check("references and <br>", &b, true);
	buf_reset(&b);
	characters(&b, "&#9608;&#9608;", "&nbsp;&nbsp;", "</div>\n<div>");
	check("a <div> for each line", &b, true);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_reset(&b);
		table(&b, rows[i].head, rows[i].on, rows[i].off);
		check(rows[i].name, &b, true);
	}
	buf_clear(&b);
}

/* The code as boxes: row and end around the boxes of a line. */
static void
boxes(struct buf *b, const char *head, const char *row, const char *on, const char *off, const char *end)
{
	buf_reset(b);
	buf_adds(b, head);
	for (int y = 0; y < (int)code.side; y++) {
		buf_adds(b, row);
		for (int x = 0; x < (int)code.side; x++)
			buf_adds(b, dark(x, y) ? on : off);
		buf_adds(b, end);
	}
	buf_adds(b, "</div>");
}

#define SIZE "width:4px;height:4px;"
#define BLOCK "\xe2\x96\x88"

static void
elements(void)
{
	static const struct {
		const char *name, *head, *row, *on, *off, *end;
	} rows[] = {
		{ "floats in rows", "<div>", "<div style='height:4px'>", "<div style='float:left;" SIZE "background:#000'></div>",
		    "<div style='float:left;" SIZE "background:#fff'></div>", "</div>" },
		{ "inline blocks, line breaks", "<div>", "",
		    "<span style='display:inline-block;" SIZE "background-color:black'></span>",
		    "<span style='display:inline-block;" SIZE "'></span>", "<br>\n" },
		{ "rows that are flex", "<div>", "<div style='display:flex'>", "<div style='" SIZE "background:#123'></div>",
		    "<div style='" SIZE "'></div>", "</div>" },
		{ "classes", "<style>.q i{float:left;width:.5em;height:.5em}.d{background:#000}.l{background:#eee}</style><div class=q>",
		    "<p>", "<b style='float:left' class='i d'></b>", "<b style='float:left' class='i l'></b>", "</p>" },
		{ "a grid of no known width", "<div style='display:grid;grid-template-columns:repeat(29,4px)'>", "",
		    "<div style='" SIZE "background:#000'></div>", "<div style='" SIZE "background:#fff'></div>", "" },
		{ "blanks with a colour behind", "<div>", "<div>", "<span style='background:#000'>&nbsp;&nbsp;</span>",
		    "<span style='background:#fff'>&nbsp;&nbsp;</span>", "</div>" },
		{ "blocks of two colours", "<div>Scan: ", "<p>", "<font color=black>" BLOCK BLOCK "</font>",
		    "<font color=white>" BLOCK BLOCK "</font>", "</p>" },
		{ "light on dark", "<div style='background:#000'>", "<div>", "<span style='display:inline-block;" SIZE "'></span>",
		    "<span style='display:inline-block;" SIZE "background:#fff'></span>", "</div>" },
	};
	struct buf b;

	buf_init(&b, 1 << 20);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		boxes(&b, rows[i].head, rows[i].row, rows[i].on, rows[i].off, rows[i].end);
		check(rows[i].name, &b, true);
	}
	buf_clear(&b);
}

/* Only dark modules, where they say; runs of them are one box; a known width folds the line. */
static void
placed(void)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	buf_adds(&b, "<div style=position:relative>");
	for (int y = 0; y < (int)code.side; y++)
		for (int x = 0; x < (int)code.side; x++)
			if (dark(x, y))
				buf_printf(&b, "<div style='position:absolute;left:%dpx;top:%dpx;" SIZE "background:#000'></div>",
				    4 * x, 4 * y);
	check("placed", &b, true);
	buf_reset(&b);
	for (int y = 0; y < (int)code.side; y++) {
		buf_adds(&b, "<div style='height:4px'>");
		for (int x = 0, n; x < (int)code.side; x += n) {
			for (n = 1; x + n < (int)code.side && dark(x + n, y) == dark(x, y); n++)
				;
			buf_printf(&b, "<div style='float:left;width:%dpx;height:4px;background:%s'></div>", 4 * n,
			    dark(x, y) ? "#000" : "#fff");
		}
		buf_adds(&b, "</div>");
	}
	check("runs", &b, true);
	buf_reset(&b);
	buf_printf(&b, "<div style='width:%upx'>", 4 * code.side);
	for (int i = 0; i < (int)(code.side * code.side); i++)
		buf_printf(&b, "<span style='float:left;" SIZE "background:%s'></span>",
		    dark(i % (int)code.side, i / (int)code.side) ? "#000" : "#fff");
	check("folded at a width", &b, true);
	buf_clear(&b);
}

/* Boxes without end, sizes that do not fit, words between: nothing is found, and it ends. */
static void
hostile(void)
{
	static const char *const pieces[] = {
		"<div style='float:left;width:4px;height:4px;background:#000'></div>",
		"<div style='width:99999px;height:99999px;background:red'>",
		"<span style='left:99999em;top:1px;width:1px;background:#000'></span>", "<i style='width:.00001px;background:#000'></i>",
		"</div></p>", "<b style='width:4px'>x</b>", "<div>", "<span style=background:#000>\xe2\x96\x88</span><br>",
	};
	struct limits lim = { .html_tags = 200000, .html_attrs = 100 };
	struct seen seen;
	struct qr_job job = { on_found, on_late, &seen };
	struct buf b;

	buf_init(&b, 16 << 20);
	buf_init(&seen.text, 4096);
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		buf_reset(&b);
		for (int k = 0; k < 50000; k++)
			buf_adds(&b, pieces[i]);
		test_ok(qr_drawn_html(&lim, buf_str(&b), &job) && seen.text.n == 0, pieces[i]);
	}
	buf_clear(&b);
	buf_clear(&seen.text);
}

int
main(void)
{
	qr_make(&code, url);
	texts();
	pages();
	elements();
	placed();
	hostile();
	return test_done();
}

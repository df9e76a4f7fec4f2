/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* covers: lib/message/html.c lib/message/html_text.c lib/message/html_ref.c */
/* covers: lib/message/html_element.c */
#include "message/html.h"

#include "base/clock.h"
#include "message/defect.h"
#include "test.h"

static const struct limits lim = { .html_tags = 200000, .html_attrs = 1000, .text_bytes = 1 << 20 };

/* All tokens in one line: kind letter, name, raw text. */
static void
dump(struct str in, struct buf *out)
{
	static const char letters[] = "TSECDXR";
	struct html h;
	struct html_token t;

	html_init(&h, &lim, in);
	while (html_next(&h, &t)) {
		struct str rest = t.attrs;
		struct html_attr a;

		buf_addc(out, letters[t.kind]);
		if (t.name.n)
			buf_addc(out, ':');
		buf_add(out, t.name);
		while (html_attr_next(&rest, &a)) {
			buf_addc(out, ' ');
			buf_add(out, a.name);
			buf_addc(out, '=');
			buf_addc(out, a.quote ? a.quote : '_');
			buf_add(out, a.value);
		}
		if (t.kind != HTML_START && t.kind != HTML_END) {
			buf_addc(out, '[');
			buf_add(out, t.raw);
			buf_addc(out, ']');
		}
		buf_addc(out, ';');
	}
}

static void
tokens(void)
{
	static const struct {
		const char *name;
		struct str in, want;
	} cases[] = {
		{ "empty", STR(""), STR("") },
		{ "text", STR("a < b"), STR("T[a ];T[< b];") },
		{ "tag", STR("<b>x</b>"), STR("S:b;T[x];E:b;") },
		{ "attributes", STR("<a href=\"x\" b='y' c=z d>"), STR("S:a href=\"x b='y c=_z d=_;") },
		{ "odd spacing", STR("<A/HREF = x\f\n>"), STR("S:A HREF=_x;") },
		{ "greater in quotes", STR("<a b=\">\">t"), STR("S:a b=\">;T[t];") },
		{ "greater in no quotes", STR("<a b=x\">t"), STR("S:a b=_x\";T[t];") },
		{ "quote in a name", STR("<a \"b>c\">"), STR("S:a \"b=_;T[c\">];") },
		{ "no space between attributes", STR("<a b=\"1\"c='2'd>"), STR("S:a b=\"1 c='2 d=_;") },
		{ "equals first", STR("<a =b=c>"), STR("S:a =b=_c;") },
		{ "slash in a value", STR("<a href=x/y/>"), STR("S:a href=_x/y/;") },
		{ "self-closing", STR("<br/>"), STR("S:br;") },
		{ "empty value", STR("<a b= >"), STR("S:a b=_;") },
		{ "NUL", STR("<a b=\"x\0y\">"), STR("S:a b=\"x\0y;") },
		{ "unclosed tag", STR("<a b"), STR("S:a b=_;") },
		{ "unclosed quote", STR("<a b=\"c>d"), STR("S:a b=\"c>d;") },
		{ "less in a tag", STR("<a<b>"), STR("S:a<b;") },
		{ "comment", STR("<!-- a > b --->c"), STR("C[<!-- a > b --->];T[c];") },
		{ "comment ends with bang", STR("<!--a--!>b"), STR("C[<!--a--!>];T[b];") },
		{ "empty comments", STR("<!--><!---><!---->x"), STR("C[<!-->];C[<!--->];C[<!---->];T[x];") },
		{ "comment without end", STR("<!-- a"), STR("C[<!-- a];") },
		{ "nested comment", STR("<!-- <!-- -->x-->"), STR("C[<!-- <!-- -->];T[x-->];") },
		{ "bogus comments", STR("<!x><?php 1 ?></ x><//>"), STR("C[<!x>];C[<?php 1 ?>];C[</ x>];C[<//>];") },
		{ "nothing", STR("</>a"), STR("C[</>];T[a];") },
		{ "doctype", STR("<!DOCTYPE html \">\">x"), STR("D[<!DOCTYPE html \">];T[\">x];") },
		{ "CDATA in HTML is a comment", STR("<![CDATA[a>b]]>"), STR("X[<![CDATA[a>];T[b]]>];") },
		{ "CDATA in svg", STR("<svg><![CDATA[a>b]]></svg>"), STR("S:svg;X[<![CDATA[a>b]]>];E:svg;") },
		{ "script", STR("<script>a<b></script >x"), STR("S:script;R:script[a<b>];E:script;T[x];") },
		{ "script end in other case", STR("<SCRIPT>a</script\n>x"), STR("S:SCRIPT;R:SCRIPT[a];E:script;T[x];") },
		{ "script, similar end", STR("<script>a</scripts></script>"),
		  STR("S:script;R:script[a</scripts>];E:script;") },
		{ "script, hidden end", STR("<script><!--<script></script>--></script>x"),
		  STR("S:script;R:script[<!--<script></script>-->];E:script;T[x];") },
		{ "script, comment does not hide", STR("<script><!--</script>x"),
		  STR("S:script;R:script[<!--];E:script;T[x];") },
		{ "style without end", STR("<style><b>"), STR("S:style;R:style[<b>];") },
		{ "empty script", STR("<script></script>x"), STR("S:script;E:script;T[x];") },
		{ "title", STR("<title><b></title>"), STR("S:title;R:title[<b>];E:title;") },
		{ "plaintext", STR("<plaintext></plaintext>"), STR("S:plaintext;R:plaintext[</plaintext>];") },
		{ "title in svg is markup", STR("<svg><title><b></title>"), STR("S:svg;S:title;S:b;E:title;") },
		{ "p ends svg", STR("<svg><p><style><b>"), STR("S:svg;S:p;S:style;R:style[<b>];") },
		{ "lone less", STR("<"), STR("T[<];") },
		{ "lone end", STR("</"), STR("T[</];") },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf out;

		buf_init(&out, 10000);
		dump(cases[i].in, &out);
		test_str(buf_str(&out), cases[i].want, cases[i].name);
		buf_clear(&out);
	}
}

/* Tokens cover every input without a gap. */
static void
cover(void)
{
	static const char bits[] = "<>\"'=/!-[]? aSb&#;";
	uint32_t random = 7;
	bool same = true;

	for (int round = 0; round < 20000; round++) {
		char in[24];
		size_t n = 0, sum = 0;
		struct html h;
		struct html_token t;

		for (; n < sizeof(in); n++) {
			random = random * 1103515245 + 12345;
			in[n] = bits[(random >> 16) % (sizeof(bits) - 1)];
		}
		html_init(&h, &lim, (struct str){ in, n });
		while (html_next(&h, &t)) {
			same &= t.raw.p == in + sum && t.raw.n > 0;
			sum += t.raw.n;
		}
		same &= sum == n;
	}
	test_ok(same, "tokens cover the input");
}

static void
unescape(void)
{
	static const struct {
		struct str in, text, attr;
	} cases[] = {
		{ STR("a&amp;b"), STR("a&b"), STR("a&b") },
		{ STR("&lt;&gt;&quot;&apos;"), STR("<>\"'"), STR("<>\"'") },
		{ STR("&#104;&#x74;&#X74p"), STR("http"), STR("http") },
		{ STR("&#0104;i"), STR("hi"), STR("hi") },
		{ STR("&#106&#97&#118a"), STR("java"), STR("java") },
		{ STR("&#150;"), STR("\xe2\x80\x93"), STR("\xe2\x80\x93") },
		{ STR("&#0;&#xd800;&#x110000;&#99999999999;"), STR("\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"),
		  STR("\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd") },
		{ STR("&#;&#x;&;& &"), STR("&#;&#x;&;& &"), STR("&#;&#x;&;& &") },
		{ STR("x&copy=2"), STR("x\xc2\xa9=2"), STR("x&copy=2") },
		{ STR("x&copyright"), STR("x\xc2\xa9right"), STR("x&copyright") },
		{ STR("x&copy y"), STR("x\xc2\xa9 y"), STR("x\xc2\xa9 y") },
		{ STR("&notit;"), STR("\xc2\xacit;"), STR("&notit;") },
		{ STR("&notin;"), STR("\xe2\x88\x89"), STR("\xe2\x88\x89") },
		{ STR("java&Tab;script&colon;x&sol;&period;"), STR("java\tscript:x/."), STR("java\tscript:x/.") },
		{ STR("&unknown;"), STR("&unknown;"), STR("&unknown;") },
		{ STR("&AMP;&Auml;&auml"), STR("&\xc3\x84\xc3\xa4"), STR("&\xc3\x84\xc3\xa4") },
		{ STR("&euro"), STR("&euro"), STR("&euro") },
		{ STR("&ZeroWidthSpace;&zwnj;"), STR("\xe2\x80\x8b\xe2\x80\x8c"), STR("\xe2\x80\x8b\xe2\x80\x8c") },
	};
	struct buf out;

	buf_init(&out, 1000);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_reset(&out);
		html_unescape(cases[i].in, &out);
		test_str(buf_str(&out), cases[i].text, "reference in text");
		buf_reset(&out);
		html_unescape_attr(cases[i].in, &out);
		test_str(buf_str(&out), cases[i].attr, "reference in an attribute");
	}
	buf_clear(&out);
}

static void
text(void)
{
	static const struct {
		const char *name;
		struct str in, want;
	} cases[] = {
		{ "plain", STR("  a \r\n b  "), STR("a b") },
		{ "blocks", STR("<p>a<p>b<br>c<div>d</div>e"), STR("a\nb\nc\nd\ne") },
		{ "inline", STR("a<b>b</b>c <i>d</i>"), STR("abc d") },
		{ "script and style", STR("a<script>x<b></script><style>y</style>b<!-- z -->c"), STR("abc") },
		{ "title", STR("<head><title>a &amp; b</title></head><body>c"), STR("a & b\nc") },
		{ "cells", STR("<tr><td>a</td><td>b</td></tr><tr><td>c"), STR("a b\nc") },
		{ "alt", STR("a<img src=x alt='Your &quot;bank&quot;'>b"), STR("a Your \"bank\" b") },
		{ "first alt counts", STR("<img alt=a alt=b>"), STR("a") },
		{ "nbsp", STR("a&nbsp;&nbsp;b\xc2\xa0" "c"), STR("a b c") },
		{ "references join words", STR("p&#97;ss&#119;ord"), STR("password") },
		{ "hidden text is text", STR("<span style='display:none'>a</span>b"), STR("ab") },
		{ "pre", STR("<pre>a\n b</pre>c\nd"), STR("a\nb\nc d") },
		{ "template", STR("a<template>b</template>c"), STR("ac") },
		{ "textarea", STR("<textarea>a<b></textarea>"), STR("a<b>") },
		{ "utf-8", STR("\xe9\x96\xa2<b>\xe5\xae\x88</b>"), STR("\xe9\x96\xa2\xe5\xae\x88") },
		{ "iframe", STR("a<iframe>b</iframe>c"), STR("ac") },
		{ "lone ampersand", STR("a & b &c"), STR("a & b &c") },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf out;
		uint64_t defects = 0;

		buf_init(&out, 10000);
		html_text(&lim, cases[i].in, &out, &defects);
		test_str(buf_str(&out), cases[i].want, cases[i].name);
		test_int((int64_t)defects, 0, cases[i].name);
		buf_clear(&out);
	}
}

static void
elements(void)
{
	struct html_known known[HTML_KNOWN] = { { .head = 0 } };

	for (int twice = 0; twice < 2; twice++) {
		test_int(html_element(known, STR("Td")), HTML_SPACE, "a short one");
		test_int(html_element(known, STR("textarea")), HTML_RAW | HTML_BLOCK | HTML_SHOWN | HTML_REFERENCES, "of eight");
		test_int(html_element(known, STR("textareas")), 0, "not of nine");
		test_int(html_element(known, STR("zz")), 0, "behind the last");
		test_int(html_element(known, STR("")), 0, "no name");
	}
	test_int(html_element(known, STR("SCRIPT")), HTML_RAW, "any case");
	test_int(html_element(known, STR("blockquote")), HTML_BREAKOUT | HTML_BLOCK, "the longest name");
	test_int(html_element(known, STR("a")), 0, "nothing special");
	test_int(html_element(known, STR("b\0")), 0, "a NUL is no end");
	test_int(html_element(known, STR("averylongelementname")), 0, "longer than all");
}

/* n times `piece` takes no time to speak of (measured: 0.1 s); over a limit where it says so. */
static void
flood(const char *name, const char *piece, size_t n, bool limit)
{
	struct buf in, out;
	uint64_t defects = 0;
	int64_t start, ms;

	buf_init(&in, 64 << 20);
	buf_init(&out, 64 << 20);
	for (size_t i = 0; i < n; i++)
		buf_adds(&in, piece);
	start = clock_mono_ms();
	html_text(&lim, buf_str(&in), &out, &defects);
	ms = clock_mono_ms() - start;
	if (!test_ok(ms < 5000, name))
		printf("#   %d ms\n", (int)ms);
	test_int((int64_t)defects, limit ? (int64_t)DEFECT_BIT(LIMIT_HTML) : 0, name);
	buf_clear(&in);
	buf_clear(&out);
}

static void
floods(void)
{
	flood("nested div", "<div>", 1000000, true);
	flood("attributes on one tag", "<a href=", 200000, true);
	flood("comments", "<!-- -->", 1000000, false);
	flood("comment starts", "<!--", 1000000, false);
	flood("dashes", "<!-- -", 1000000, false);
	flood("scripts", "<script><!--<script>", 100000, false);
	flood("script ends", "<script></scriptx", 500000, false);
	flood("unclosed quotes", "<a b='", 500000, true);
	flood("less", "<", 10000000, false);
	flood("ampersands", "&aaaaaaa", 1000000, false);
	flood("ends", "</", 5000000, false);
	flood("declarations", "<!", 5000000, false);
	flood("CDATA", "<svg><![CDATA[", 100000, false);
	flood("no white space", "a", 20000000, false);
	flood("white space", " ", 20000000, false);
}

int
main(void)
{
	tokens();
	cover();
	unescape();
	text();
	elements();
	floods();
	return test_done();
}

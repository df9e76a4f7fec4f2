/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Files that a click would run, by every name they might be saved under and by what they
 * really are, also inside archives.
 *
 * A file is a leaf of the message or a layer that an engine opened. Each finding is
 * reported once for each leaf and what is in it, with the first file as evidence. */
#include "base/ascii.h"
#include "check/check.h"
#include "message/defect.h"
#include "message/filetype.h"
#include "message/mime.h"

enum {
	EXECUTABLE, SCRIPT, SOURCE, SHORTCUT, DISK_IMAGE, MACRO, BLOCKED, DOUBLE_EXTENSION, DISGUISED,
	NAME_TRICK
};

static const struct finding_def found[] = {
	[EXECUTABLE] = { "ATTACH_EXECUTABLE", CLASS_CONTENT, 100, false,
	    "A program: by its name, its declared type or its content." },
	[SCRIPT] = { "ATTACH_SCRIPT", CLASS_CONTENT, 100, false, "A script that a click would run." },
	[SOURCE] = { "ATTACH_SOURCE", CLASS_CONTENT, 20, false,
	    "A script for an interpreter that developers send each other: shell, Python, Perl, Ruby, PHP." },
	[SHORTCUT] = { "ATTACH_SHORTCUT", CLASS_CONTENT, 100, false,
	    "A shortcut: a small file that starts something else." },
	[DISK_IMAGE] = { "ATTACH_DISK_IMAGE", CLASS_CONTENT, 80, false,
	    "A disk image, which systems mount by a click and whose files carry no mark of the web." },
	[MACRO] = { "ATTACH_MACRO", CLASS_CONTENT, 30, false, "An office document with macros." },
	[BLOCKED] = { "ATTACH_BLOCKED", CLASS_CONTENT, 100, false,
	    "A file with an extension of check.attachment.block." },
	[DOUBLE_EXTENSION] = { "ATTACH_DOUBLE_EXTENSION", CLASS_CONTENT, 100, false,
	    "A name that ends like a document and then like a program: invoice.pdf.exe." },
	[DISGUISED] = { "ATTACH_DISGUISED", CLASS_CONTENT, 100, false,
	    "A program, binary script, shortcut or disk image whose name and declared type say something else." },
	[NAME_TRICK] = { "ATTACH_NAME_TRICK", CLASS_CONTENT, 100, false,
	    "A name that shows as another one: with characters that turn the reading direction, a NUL, or many "
	    "spaces before the extension." },
	{ .name = NULL }
};

struct attachment_conf {
	struct opt_list block, allow;
	int64_t files_max;
};

static const struct opt opts[] = {
	{ .name = "block", .type = OPT_LIST, .offset = offsetof(struct attachment_conf, block), .def = "",
	  .help = "Further extensions, without dot, that are reported as ATTACH_BLOCKED." },
	{ .name = "allow", .type = OPT_LIST, .offset = offsetof(struct attachment_conf, allow), .def = "",
	  .help = "Extensions, without dot, whose files this check does not report by name or declared type." },
	{ .name = "files_max", .type = OPT_INT, .offset = offsetof(struct attachment_conf, files_max), .def = "5000",
	  .min = 10, .max = 1000000,
	  .help = "Files of one message, those in archives included, that this check looks at. Over it the message counts as unscanned." },
	OPT_END
};

const struct opt_table check_attachment_options = {
	.prefix = "check.attachment.",
	.title = "Check attachment",
	.size = sizeof(struct attachment_conf),
	.opts = opts,
};

/* One file under examination. */
struct file {
	size_t part;			/* index of its report part */
	size_t leaf;			/* the MIME part it came in */
	const struct filetype *real, *declared;	/* NULL: not known */
	bool layer;
	bool claims_danger;		/* a name or the declared type says what it is */
	bool claims_text;
	size_t names;
};

struct tally {
	const struct attachment_conf *conf;
	struct report *out;
	const struct scan *scan;
	unsigned *reported;		/* rows, for each leaf; the last is for layers without one */
};

static bool
in_list(const struct opt_list *list, struct str word)
{
	for (size_t i = 0; i < list->n; i++)
		if (str_eq_nocase(list->item[i], word))
			return true;
	return false;
}

static void
add(struct tally *t, const struct file *f, int row, struct str evidence)
{
	size_t leaf = f->leaf < t->scan->msg->n_parts ? f->leaf : t->scan->msg->n_parts;

	if (t->reported[leaf] >> row & 1)
		return;
	t->reported[leaf] |= 1U << row;
	report_add(t->out, &found[row], f->part, "%.*s", STR_ARG(str_upto(evidence, REPORT_EVIDENCE)));
}

/* Scripts of interpreters that do not come with desktop systems, or that open an editor. */
static bool
is_source(const struct filetype *t)
{
	static const char *const labels[] = { "shell", "python", "perl", "ruby", "php", "asp" };

	for (size_t i = 0; i < sizeof(labels) / sizeof(*labels); i++)
		if (str_eq(str_of(t->label), str_of(labels[i])))
			return true;
	return false;
}

/* Extensions of the same file types that a click runs all the same. */
static bool
runs_by_click(struct str ext)
{
	static const char *const clicked[] = { "command", "run", "pyw", "pyz", "pyzw", "pyc", "pyo" };

	for (size_t i = 0; i < sizeof(clicked) / sizeof(*clicked); i++)
		if (str_eq(ext, str_of(clicked[i])))
			return true;
	return false;
}

/* The row for a type, or -1 when there is nothing to say about it. */
static int
row_for(const struct filetype *t, struct str ext)
{
	switch (t->group) {
	case FILETYPE_EXECUTABLE:
		return EXECUTABLE;
	case FILETYPE_SCRIPT:
		return is_source(t) && !runs_by_click(ext) ? SOURCE : SCRIPT;
	case FILETYPE_SHORTCUT:
		return SHORTCUT;
	case FILETYPE_DISK_IMAGE:
		return DISK_IMAGE;
	case FILETYPE_MACRO_DOCUMENT:
		return MACRO;
	case FILETYPE_UNKNOWN: case FILETYPE_TEXT: case FILETYPE_HTML: case FILETYPE_ARCHIVE:
	case FILETYPE_DOCUMENT: case FILETYPE_PDF: case FILETYPE_IMAGE: case FILETYPE_AUDIO_VIDEO:
	case FILETYPE_MAIL: case FILETYPE_TNEF: case FILETYPE_ENCRYPTED: case FILETYPE_OTHER:
		break;
	}
	return -1;
}

static bool
is_dangerous(int row)
{
	return row == EXECUTABLE || row == SCRIPT || row == SHORTCUT || row == DISK_IMAGE;
}

/* Names inside archives come with their path. */
static struct str
base_name(struct str name)
{
	for (size_t i = name.n; i > 0; i--)
		if (name.p[i - 1] == '/' || name.p[i - 1] == '\\')
			return str_from(name, i);
	return name;
}

/* Does what stands before the last extension end like a document? "invoice.pdf  .exe" */
static bool
has_inner_extension(struct str name)
{
	size_t dot = str_rchr(name, '.');
	struct str inner = str_trim(str_upto(name, dot == STR_NPOS ? 0 : dot));
	const struct filetype *t;

	if (str_chr(inner, '.') == STR_NPOS)
		return false;
	t = filetype_by_name(inner);
	return t && (t->group == FILETYPE_DOCUMENT || t->group == FILETYPE_PDF || t->group == FILETYPE_IMAGE ||
	    t->group == FILETYPE_TEXT || t->group == FILETYPE_HTML || t->group == FILETYPE_AUDIO_VIDEO ||
	    t->group == FILETYPE_MACRO_DOCUMENT || t->group == FILETYPE_ARCHIVE || t->group == FILETYPE_MAIL);
}

enum { TRICK_SPACES = 6 };	/* in a row, before an extension: pushes it out of sight */

static bool
has_spaces_before_dot(struct str name)
{
	size_t dot = str_rchr(name, '.'), n = 0;

	if (dot == STR_NPOS)
		return false;
	while (n < dot && ascii_is_space((unsigned char)name.p[dot - 1 - n]))
		n++;
	return n >= TRICK_SPACES;
}

static void
judge_name(struct tally *t, struct file *f, struct str whole)
{
	struct str name = base_name(whole), ext = filetype_extension(name);
	const struct filetype *type = filetype_by_name(name);
	int row = type ? row_for(type, ext) : -1;

	f->names++;
	if (in_list(&t->conf->block, ext))
		add(t, f, BLOCKED, whole);
	f->claims_text |= type && type->group == FILETYPE_TEXT;
	f->claims_danger |= is_dangerous(row) || row == SOURCE;
	if (row < 0 || in_list(&t->conf->allow, ext))
		return;
	add(t, f, row, whole);
	if (is_dangerous(row) && has_inner_extension(name))
		add(t, f, DOUBLE_EXTENSION, whole);
	if (is_dangerous(row) && has_spaces_before_dot(name))
		add(t, f, NAME_TRICK, whole);
}

static void
judge_declared(struct tally *t, struct file *f, struct str declared)
{
	int row = f->declared ? row_for(f->declared, STR_NONE) : -1;

	if (row < 0)
		return;
	f->claims_danger |= is_dangerous(row) || row == SOURCE;
	/* Mailers call any file of an unknown kind a program; a name that says otherwise is
	 * what counts. */
	if (is_dangerous(row) && f->names == 0)
		add(t, f, row, declared);
}

/* Source code is honest text; the compiled and packed forms are not. */
static bool
is_text_script(const struct filetype *t)
{
	return t->group == FILETYPE_SCRIPT && !str_eq(str_of(t->label), STR("chm")) &&
	    !str_eq(str_of(t->label), STR("hlp")) && !str_eq(str_of(t->label), STR("encoded-script"));
}

static void
judge_content(struct tally *t, const struct file *f, struct str shown)
{
	int row = f->real ? row_for(f->real, STR_NONE) : -1;
	struct str evidence;

	if (row < 0 || (is_text_script(f->real) && (f->claims_text || f->layer || f->names == 0)))
		return;
	evidence = pool_printf(t->scan->pool, "%.*s%s%s", STR_ARG(str_upto(shown, 150)), shown.n ? " is " : "",
	    f->real->media);
	add(t, f, row, evidence);
	if (is_dangerous(row) && !f->claims_danger && f->names > 0)
		add(t, f, DISGUISED, evidence);
}

static void
judge_tricks(struct tally *t, const struct file *f, const struct mime_part *p)
{
	struct str name = p->n_names ? p->names[0] : STR_NONE;

	if (p->defects & (DEFECT_BIT(NAME_BIDI) | DEFECT_BIT(NAME_NUL)))
		add(t, f, NAME_TRICK, name);
}

/* Is that name one of the characters that turn the reading direction? Layers have no
 * defect bits of their own. */
static bool
has_bidi(struct str name)
{
	return str_find(name, STR("\xe2\x80\xae")) != STR_NPOS || str_find(name, STR("\xe2\x80\xad")) != STR_NPOS ||
	    str_find(name, STR("\xe2\x81\xa6")) != STR_NPOS || str_find(name, STR("\xe2\x81\xa7")) != STR_NPOS;
}

static const struct filetype *
known(struct str media)
{
	return media.n ? filetype_by_media(media) : NULL;
}

static void
judge_leaf(struct tally *t, size_t i)
{
	const struct mime_part *p = &t->scan->msg->parts[i];
	const struct report_part *r = report_part_at(t->out, i);
	struct file f = { .part = i, .leaf = i, .real = known(r->type), .declared = known(p->type) };

	for (size_t n = 0; n < p->n_names; n++)
		judge_name(t, &f, p->names[n]);
	for (size_t v = 0; v < p->n_views; v++)
		if (p->views[v].name.n)
			judge_name(t, &f, p->views[v].name);
	judge_declared(t, &f, p->type);
	judge_content(t, &f, p->n_names ? p->names[0] : STR_NONE);
	judge_tricks(t, &f, p);
}

/* The MIME part that a layer lies in: up the parents until a part of the message. */
static size_t
leaf_of(const struct report *r, size_t i)
{
	size_t steps = 0;

	while (i != REPORT_NO_PART && report_part_at(r, i)->layer && steps++ < r->parts.n)
		i = report_part_at(r, i)->parent;
	return i;
}

static void
judge_layer(struct tally *t, size_t i)
{
	const struct report_part *r = report_part_at(t->out, i);
	struct file f = { .part = i, .leaf = leaf_of(t->out, i), .real = known(r->type), .layer = true };

	if (r->name.n)
		judge_name(t, &f, r->name);
	judge_content(t, &f, r->name);
	if (has_bidi(r->name) || str_chr(r->name, '\0') != STR_NPOS)
		add(t, &f, NAME_TRICK, r->name);
}

static enum rc
run(const struct scan *scan, const void *conf, struct report *out)
{
	const struct attachment_conf *c = conf;
	struct tally t = { .conf = c, .out = out, .scan = scan,
	    .reported = pool_alloc(scan->pool, (scan->msg->n_parts + 1) * sizeof(unsigned)) };
	size_t n = out->parts.n < (size_t)c->files_max ? out->parts.n : (size_t)c->files_max;

	for (size_t i = 0; i < n; i++) {
		if (report_part_at(out, i)->layer)
			judge_layer(&t, i);
		else if (i < scan->msg->n_parts && scan->msg->parts[i].kind == MIME_LEAF)
			judge_leaf(&t, i);
	}
	return n < out->parts.n ? RC_LIMIT : RC_OK;
}

const struct check check_attachment = {
	.name = "attachment",
	.title = "Files that a click would run",
	.source = "Blocked attachments of Outlook and Gmail; RFC 2183 5",
	.phase = PHASE_MESSAGE,
	.place = PLACE_WORKER,
	.opts = &check_attachment_options,
	.found = found,
	.run = run,
};

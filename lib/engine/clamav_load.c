/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Loading databases. libclamav says where a database is broken only in messages to standard
 * error, so these are caught while a file loads. */
#include <clamav.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fdio.h"
#include "engine/clamav_engine.h"
#include "engine/files.h"

enum { LOAD_MESSAGES = 64 * 1024, FILESIZE_TOP = INT_MAX - 1 };

const char *const clamav_extensions[] = {
	"cvd", "cld", "cud", "hdb", "hsb", "hdu", "hsu", "mdb", "msb", "mdu", "msu", "ndb", "ndu", "sdb", "ldb",
	"ldu", "cdb", "zmd", "rmd", "pdb", "gdb", "wdb", "cbc", "ftm", "cfg", "crb", "fp", "sfp", "ign", "ign2",
	"idb", "imp", "pwdb", "db", NULL
};

/* What libclamav writes to standard error goes to a memory file meanwhile. */
struct capture {
	int file, saved;
};

static bool
capture_open(struct capture *c)
{
	c->saved = -1;
	if (fdio_memfd("clamav-messages", STR_NONE, &c->file) != RC_OK)
		return false;
	fflush(stderr);
	c->saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	return c->saved >= 0 && dup2(c->file, STDERR_FILENO) >= 0;
}

static void
capture_close(struct capture *c, struct buf *out)
{
	fflush(stderr);
	if (c->saved >= 0)
		dup2(c->saved, STDERR_FILENO);
	fdio_close(&c->saved);
	if (c->file >= 0 && fdio_read_all(c->file, out) != RC_OK)
		buf_adds(out, "(no messages)\n");
	fdio_close(&c->file);
}

/* "LibClamAV Error: Problem parsing database at line 7" -> 7 */
static struct str
line_number(struct str text)
{
	size_t at = str_find(text, STR(" at line ")), n = 0;

	if (at == STR_NPOS)
		return STR_NONE;
	text = str_from(text, at + sizeof(" at line ") - 1);
	while (n < text.n && text.p[n] >= '0' && text.p[n] <= '9')
		n++;
	return str_upto(text, n);
}

/* One line for the operator: file:line: what libclamav said, its first sentences. */
static void
explain(const char *path, cl_error_t code, struct str messages, struct buf *errors)
{
	struct str number = line_number(messages), line, prefix = STR("LibClamAV Error: ");
	size_t said = 0;

	buf_printf(errors, "%s:", path);
	if (number.n)
		buf_printf(errors, "%.*s:", STR_ARG(number));
	while (str_next(&messages, '\n', &line) && said < 3) {
		if (!str_starts(line, prefix))
			continue;
		line = str_trim(str_from(line, prefix.n));
		if (str_starts(line, STR("Can't load")) || str_find(line, STR("Problem parsing")) != STR_NPOS)
			continue;
		buf_printf(errors, "%s %.*s", said++ ? ";" : "", STR_ARG(str_upto(line, 200)));
	}
	if (said == 0)
		buf_printf(errors, " %s", cl_strerror(code));
	buf_addc(errors, '\n');
}

static cl_error_t
load_quietly(struct cl_engine *e, const char *path, uint64_t *signatures, struct buf *messages)
{
	struct capture cap;
	unsigned n = 0;
	bool caught = capture_open(&cap);
	cl_error_t code = cl_load(path, e, &n, CL_DB_STDOPT);

	if (caught || cap.saved >= 0 || cap.file >= 0)
		capture_close(&cap, messages);
	*signatures += n;
	return code;
}

static bool
set_limits(struct cl_engine *e, const struct limits *lim)
{
	int64_t file = lim->unpack_bytes < FILESIZE_TOP ? lim->unpack_bytes : FILESIZE_TOP;
	const struct {
		enum cl_engine_field field;
		int64_t value;
	} nums[] = {
		/* One automaton instead of two that read everything: a tenth to a quarter
		 * less time (test/bench); test/engine/clamav_split_test shows that nothing
		 * is lost. Must be set before the first database. */
		{ CL_ENGINE_AC_ONLY, 1 },
		/* The cache would skip the inspection of layers seen before; ours is in clean.c. */
		{ CL_ENGINE_DISABLE_CACHE, 1 },
		{ CL_ENGINE_DISABLE_PE_STATS, 1 },
		{ CL_ENGINE_MAX_SCANSIZE, lim->unpack_bytes },
		{ CL_ENGINE_MAX_FILESIZE, file },
		/* Normalised text and HTML are levels to libclamav, but no containers to us. */
		{ CL_ENGINE_MAX_RECURSION, lim->unpack_depth + 4 },
		{ CL_ENGINE_MAX_FILES, lim->unpack_files },
		{ CL_ENGINE_MAX_SCANTIME, lim->clamav_ms },
		{ CL_ENGINE_BYTECODE_TIMEOUT, lim->clamav_ms / 2 },
		{ CL_ENGINE_PCRE_MAX_FILESIZE, file },
	};

	for (size_t i = 0; i < sizeof(nums) / sizeof(nums[0]); i++)
		if (cl_engine_set_num(e, nums[i].field, nums[i].value) != CL_SUCCESS)
			return false;
	return true;
}

static struct cl_engine *
new_engine(const struct limits *lim)
{
	struct cl_engine *e = cl_engine_new();

	if (e && !set_limits(e, lim)) {
		cl_engine_free(e);
		return NULL;
	}
	return e;
}

/* libclamav reads a folder in this order too: what to ignore, certificates, daily, the rest. */
static unsigned
rank(const struct file *f)
{
	struct str name = str_of(f->name);

	if (str_ends_nocase(name, STR(".ign")) || str_ends_nocase(name, STR(".ign2")))
		return 0;
	if (str_ends_nocase(name, STR(".crb")) || str_ends_nocase(name, STR(".cfg")))
		return 1;
	return str_starts_nocase(name, STR("daily.")) ? 2 : 3;
}

static bool
is_official(const struct file *f)
{
	static const char *const names[] = { "main.", "daily.", "bytecode." };
	struct str name = str_of(f->name);

	for (size_t i = 0; i < 3; i++)
		if (str_starts_nocase(name, str_of(names[i])) &&
		    (str_ends_nocase(name, STR(".cvd")) || str_ends_nocase(name, STR(".cld"))))
			return true;
	return false;
}

static unsigned
version_of(const char *path)
{
	struct cl_cvd *head = cl_cvdhead(path);
	unsigned v = head ? head->version : 0;

	if (head)
		cl_cvdfree(head);
	return v;
}

static bool
is_container(struct str path)
{
	return str_ends_nocase(path, STR(".cvd")) || str_ends_nocase(path, STR(".cld"));
}

/* daily.cld beside daily.cvd: freshclam leaves both for a moment; only the newer counts. */
static bool
is_superseded(const struct file *files, size_t n, size_t i)
{
	struct str path = str_of(files[i].path);

	for (size_t k = 0; k < n && is_container(path); k++) {
		struct str other = str_of(files[k].path);
		unsigned mine, theirs;

		if (k == i || other.n != path.n || !is_container(other) ||
		    !str_eq(str_upto(path, path.n - 4), str_upto(other, path.n - 4)))
			continue;
		mine = version_of(files[i].path);
		theirs = version_of(files[k].path);
		if (theirs > mine || (theirs == mine && k < i))
			return true;
	}
	return false;
}

/* Loads into the engine; once a file has failed the engine is unusable, and the rest is
 * tried in engines of their own, so that every broken file is named. */
static bool
load_file(struct clamav *c, const char *path, bool alone, struct buf *errors)
{
	struct cl_engine *e = alone ? new_engine(&c->lim) : c->content;
	struct buf messages;
	uint64_t none = 0;
	cl_error_t code;

	buf_init(&messages, LOAD_MESSAGES);
	code = e ? load_quietly(e, path, alone ? &none : &c->signatures, &messages) : CL_EMEM;
	if (code != CL_SUCCESS)
		explain(path, code, buf_str(&messages), errors);
	if (alone && e)
		cl_engine_free(e);
	buf_clear(&messages);
	return code == CL_SUCCESS;
}

static bool
load_all(struct clamav *c, const struct file *files, size_t n, struct buf *errors)
{
	bool good = true;

	for (unsigned r = 0; r <= 3; r++) {
		for (size_t i = 0; i < n; i++) {
			if (rank(&files[i]) != r || is_superseded(files, n, i))
				continue;
			good &= load_file(c, files[i].path, !good, errors);
			c->official |= is_official(&files[i]);
			c->files++;
		}
	}
	return good;
}

/* The second engine. RC_OK also when no signature needs one. */
static enum rc
load_mail(struct clamav *c, const struct file *files, size_t n, const char *dir, struct buf *errors)
{
	struct clamav_split split = { .dir = dir };
	struct buf messages;
	cl_error_t code;

	for (size_t i = 0; i < n; i++) {
		if (is_superseded(files, n, i))
			continue;
		if (clamav_split_file(&split, files[i].path) != RC_OK) {
			buf_printf(errors, "%s: cannot be read once more for the mail engine\n", files[i].path);
			return RC_BAD;
		}
	}
	c->depth = split.depth;
	c->mail_signatures = split.signatures;
	if (split.signatures == 0)
		return RC_OK;
	c->mail = new_engine(&c->lim);
	buf_init(&messages, LOAD_MESSAGES);
	code = c->mail ? load_quietly(c->mail, dir, &(uint64_t){ 0 }, &messages) : CL_EMEM;
	if (code == CL_SUCCESS)
		code = cl_engine_compile(c->mail);
	if (code != CL_SUCCESS)
		explain("mail engine", code, buf_str(&messages), errors);
	buf_clear(&messages);
	return code == CL_SUCCESS ? RC_OK : RC_BAD;
}

static enum rc
open_engines(struct clamav *c, const struct file *files, size_t n, struct buf *errors)
{
	const char *tmp = getenv("TMPDIR");
	char dir[PATH_MAX];
	enum rc rc;
	cl_error_t code;

	c->content = new_engine(&c->lim);
	if (!c->content || !load_all(c, files, n, errors))
		return RC_BAD;
	code = cl_engine_compile(c->content);
	if (code != CL_SUCCESS) {
		buf_printf(errors, "clamav: %s\n", cl_strerror(code));
		return RC_BAD;
	}
	snprintf(dir, sizeof(dir), "%s/sekimori-mail-XXXXXX", tmp && *tmp ? tmp : "/tmp");
	if (!mkdtemp(dir)) {
		buf_printf(errors, "%s: no folder can be made here\n", dir);
		return RC_BAD;
	}
	rc = load_mail(c, files, n, dir, errors);
	clamav_split_remove(dir);
	return rc;
}

enum rc
clamav_open(struct opt_list databases, const struct limits *lim, struct log_ctx lc, struct clamav **out,
    struct buf *errors)
{
	struct pool *pool = pool_new(0);
	const struct file *files;
	size_t n = files_find(pool, databases, clamav_extensions, &files);
	struct clamav *c = calloc(1, sizeof(*c));
	enum rc rc = RC_BAD;

	if (!c)
		abort();
	c->lim = *lim;
	if (n == 0) {
		buf_adds(errors, "clamav: no signature database in engine.clamav_databases\n");
	} else {
		cl_set_clcb_msg(clamav_on_message);
		if (cl_init(CL_INIT_DEFAULT) == CL_SUCCESS)
			rc = open_engines(c, files, n, errors);
		else
			buf_adds(errors, "clamav: libclamav cannot be initialised\n");
	}
	pool_free(&pool);
	if (rc != RC_OK) {
		clamav_close(&c);
		return rc;
	}
	clamav_set_callbacks(c->content);
	if (c->mail)
		clamav_set_callbacks(c->mail);
	log_put(lc, LOG_LEVEL_INFO, "clamav-loaded", LOG_NUM("files", c->files),
	    LOG_NUM("signatures", c->signatures), LOG_NUM("mail_signatures", c->mail_signatures),
	    LOG_CSTR("official", c->official ? "yes" : "no"));
	*out = c;
	return RC_OK;
}

void
clamav_close(struct clamav **cp)
{
	struct clamav *c = *cp;

	*cp = NULL;
	if (!c)
		return;
	if (c->content)
		cl_engine_free(c->content);
	if (c->mail)
		cl_engine_free(c->mail);
	free(c);
}

enum rc
clamav_start(struct clamav *c, const char *tmp_dir)
{
	if (cl_engine_set_str(c->content, CL_ENGINE_TMPDIR, tmp_dir) != CL_SUCCESS ||
	    (c->mail && cl_engine_set_str(c->mail, CL_ENGINE_TMPDIR, tmp_dir) != CL_SUCCESS))
		return RC_TEMP;
	return RC_OK;
}

const char *
clamav_version(void)
{
	return cl_retver();
}

uint64_t
clamav_signatures(const struct clamav *c)
{
	return c->signatures;
}

size_t
clamav_files(const struct clamav *c)
{
	return c->files;
}

bool
clamav_has_official(const struct clamav *c)
{
	return c->official;
}

bool
clamav_wants_message(const struct clamav *c)
{
	return c->mail != NULL;
}

uint64_t
clamav_mail_signatures(const struct clamav *c)
{
	return c->mail_signatures;
}

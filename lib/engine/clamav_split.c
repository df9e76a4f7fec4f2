/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "engine/clamav_split.h"

#include <clamav.h>
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Databases that change how all others are read: the mail engine gets them whole. */
static const char *const common[] = { "ftm", "fp", "sfp", "ign", "ign2", "idb", "cfg", "crb" };
/* The phishing check. Only libclamav's mail parser runs it. */
static const char *const phishing[] = { "pdb", "gdb", "wdb" };

static bool
is_in(struct str ext, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq_nocase(ext, str_of(list[i])))
			return true;
	return false;
}

static struct str
field(struct str line, char sep, size_t i)
{
	struct str f = STR_NONE;

	for (size_t k = 0; k <= i; k++)
		if (!str_next(&line, sep, &f))
			return STR_NONE;
	return f;
}

/* Words of header fields in hexadecimal, as a signature for any file would spell them. */
static bool
speaks_of_headers(struct str line)
{
	static const char *const words[] = {
		"5375626a6563743a",		/* Subject: */
		"46726f6d3a",			/* From: */
		"52656365697665643a",		/* Received: */
		"582d4d61696c65723a",		/* X-Mailer: */
		"4d6573736167652d49", "4d6573736167652d69",	/* Message-I, Message-i */
		"52657475726e2d506174683a",	/* Return-Path: */
		"52657069792d546f3a", "5265706c792d546f3a",	/* Reply-To: */
		"4d494d452d56657273696f6e",	/* MIME-Version */
		"436f6e74656e742d5472616e73666572",	/* Content-Transfer */
		"436f6e74656e742d446973706f73",	/* Content-Dispos */
		"626f756e646172793d",		/* boundary= */
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_find_nocase(line, str_of(words[i])) != STR_NPOS)
			return true;
	return false;
}

/* Name:TargetType:Offset:Hex[:MinFL[:MaxFL]] */
static bool
ndb_wants(struct str line, enum clamav_depth *depth)
{
	struct str target = field(line, ':', 1);

	*depth = CLAMAV_DEPTH_RAW;
	return str_eq(target, STR("4")) || (str_eq(target, STR("0")) && speaks_of_headers(line));
}

/* Name;Target:N,Container:CL_TYPE_X,Intermediates:A>B,...;Expression;Subsignatures */
static bool
ldb_wants(struct str line, enum clamav_depth *depth)
{
	struct str block = field(line, ';', 1), item, target = STR_NONE;
	bool container = false, between = false;

	while (str_next(&block, ',', &item)) {
		if (str_starts_nocase(item, STR("Target:")))
			target = str_from(item, 7);
		else if (str_starts_nocase(item, STR("Container:")))
			container |= str_find_nocase(item, STR("CL_TYPE_MAIL")) != STR_NPOS;
		else if (str_starts_nocase(item, STR("Intermediates:")))
			between |= str_find_nocase(item, STR("CL_TYPE_MAIL")) != STR_NPOS;
	}
	*depth = between ? CLAMAV_DEPTH_ALL : container ? CLAMAV_DEPTH_PARTS : CLAMAV_DEPTH_RAW;
	return between || container || str_eq(target, STR("4")) ||
	    (str_eq(target, STR("0")) && speaks_of_headers(line));
}

/* Name:ContainerType:ContainerSize:FileName:... */
static bool
cdb_wants(struct str line, enum clamav_depth *depth)
{
	struct str container = field(line, ':', 1);

	*depth = CLAMAV_DEPTH_PARTS;
	return str_eq(container, STR("*")) || str_eq_nocase(container, STR("CL_TYPE_MAIL"));
}

bool
clamav_split_line(struct str ext, struct str line, enum clamav_depth *depth)
{
	if (line.n == 0 || line.p[0] == '#')
		return false;
	if (line.n > CLAMAV_SPLIT_LINE) {
		*depth = CLAMAV_DEPTH_ALL;
		return true;
	}
	if (str_eq_nocase(ext, STR("ndb")) || str_eq_nocase(ext, STR("sdb")))
		return ndb_wants(line, depth);
	if (str_eq_nocase(ext, STR("ldb")))
		return ldb_wants(line, depth);
	if (str_eq_nocase(ext, STR("cdb")))
		return cdb_wants(line, depth);
	return false;
}

static void
deepen(struct clamav_split *s, enum clamav_depth depth)
{
	if (depth > s->depth)
		s->depth = depth;
}

/* Name of the n-th file of the mail engine. The number keeps equal names apart. */
static void
target_path(struct clamav_split *s, const char *path, char *out, size_t n)
{
	const char *slash = strrchr(path, '/');

	snprintf(out, n, "%s/%u-%.200s", s->dir, s->files++, slash ? slash + 1 : path);
}

/* Copy the lines that `keep` wants, or all of them without it. */
static enum rc
copy(struct clamav_split *s, const char *path, struct str ext, bool whole)
{
	char to[PATH_MAX], *line = NULL;
	FILE *in = fopen(path, "re"), *out = NULL;
	size_t cap = 0;
	ssize_t n;
	enum rc rc = in ? RC_OK : RC_TEMP;

	while (rc == RC_OK && (n = getline(&line, &cap, in)) > 0) {
		enum clamav_depth depth = CLAMAV_DEPTH_RAW;
		struct str text = str_trim((struct str){ line, (size_t)n });

		if (!whole && !clamav_split_line(ext, text, &depth))
			continue;
		if (!out) {
			target_path(s, path, to, sizeof(to));
			out = fopen(to, "we");
		}
		if (!out || fwrite(line, 1, (size_t)n, out) != (size_t)n)
			rc = RC_TEMP;
		s->signatures += !whole;
		deepen(s, depth);
	}
	free(line);
	if (in)
		fclose(in);
	if (out && fclose(out) != 0)
		rc = RC_TEMP;
	return rc;
}

static struct str
extension(const char *path)
{
	struct str s = str_of(path);
	size_t dot = str_rchr(s, '.');

	return dot == STR_NPOS ? STR_NONE : str_from(s, dot + 1);
}

static enum rc
plain_file(struct clamav_split *s, const char *path)
{
	struct str ext = extension(path);
	enum rc rc;

	if (is_in(ext, phishing, sizeof(phishing) / sizeof(phishing[0]))) {
		rc = copy(s, path, ext, true);
		/* .wdb alone only lists exceptions. */
		if (!str_eq_nocase(ext, STR("wdb"))) {
			s->signatures++;
			deepen(s, CLAMAV_DEPTH_PARTS);
		}
		return rc;
	}
	if (is_in(ext, common, sizeof(common) / sizeof(common[0])))
		return copy(s, path, ext, true);
	if (str_eq_nocase(ext, STR("ndb")) || str_eq_nocase(ext, STR("sdb")) || str_eq_nocase(ext, STR("ldb")) ||
	    str_eq_nocase(ext, STR("cdb")))
		return copy(s, path, ext, false);
	return RC_OK;
}

void
clamav_split_remove(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.')
			unlinkat(dirfd(d), e->d_name, 0);
	if (d)
		closedir(d);
	rmdir(dir);
}

/* cl_load has verified the signature of the container a moment ago. */
static enum rc
container_file(struct clamav_split *s, const char *path)
{
	char dir[PATH_MAX], member[PATH_MAX];
	enum rc rc = RC_TEMP;
	DIR *d;
	struct dirent *e;

	snprintf(dir, sizeof(dir), "%s/unpacked", s->dir);
	if (mkdir(dir, 0700) < 0)
		return RC_TEMP;
	if (cl_cvdunpack(path, dir, true) == CL_SUCCESS && (d = opendir(dir))) {
		rc = RC_OK;
		while (rc == RC_OK && (e = readdir(d))) {
			if (e->d_name[0] == '.')
				continue;
			if (snprintf(member, sizeof(member), "%s/%s", dir, e->d_name) < (int)sizeof(member))
				rc = plain_file(s, member);
		}
		closedir(d);
	}
	clamav_split_remove(dir);
	return rc;
}

enum rc
clamav_split_file(struct clamav_split *s, const char *path)
{
	static const char *const containers[] = { "cvd", "cld", "cud" };

	if (is_in(extension(path), containers, sizeof(containers) / sizeof(containers[0])))
		return container_file(s, path);
	return plain_file(s, path);
}

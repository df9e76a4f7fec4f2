/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "engine/files.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/hash.h"
#include "base/vec.h"

static bool
has_extension(const char *name, const char *const *extensions)
{
	struct str s = str_of(name);
	size_t dot = str_rchr(s, '.');

	if (dot == STR_NPOS)
		return false;
	for (; *extensions; extensions++)
		if (str_eq_nocase(str_from(s, dot + 1), str_of(*extensions)))
			return true;
	return false;
}

static void
add(struct pool *pool, struct vec *v, const char *path, const struct stat *st)
{
	struct file *f;
	const char *slash = strrchr(path, '/');

	if (v->n >= FILES_MAX)
		return;
	f = vec_push(pool, v, sizeof(*f));
	*f = (struct file){
		.path = path, .name = slash ? slash + 1 : path,
		.size = (uint64_t)st->st_size, .inode = (uint64_t)st->st_ino,
		.mtime_ns = (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec,
	};
}

static int
by_name(const void *a, const void *b)
{
	const struct file *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static void
add_folder(struct pool *pool, struct vec *v, const char *path, const char *const *extensions)
{
	DIR *d = opendir(path);
	struct dirent *e;
	size_t first = v->n;

	if (!d)
		return;
	while ((e = readdir(d))) {
		struct stat st;
		const char *full;

		if (e->d_name[0] == '.' || !has_extension(e->d_name, extensions))
			continue;
		full = pool_printf(pool, "%s/%s", path, e->d_name).p;
		if (stat(full, &st) == 0 && S_ISREG(st.st_mode))
			add(pool, v, full, &st);
	}
	closedir(d);
	if (v->n > first)
		qsort((struct file *)v->items + first, v->n - first, sizeof(struct file), by_name);
}

size_t
files_find(struct pool *pool, struct opt_list paths, const char *const *extensions, const struct file **out)
{
	struct vec v = { NULL, 0, 0 };

	for (size_t i = 0; i < paths.n; i++) {
		const char *path = pool_cstr(pool, paths.item[i]);
		struct stat st;

		if (stat(path, &st) < 0)
			continue;
		if (S_ISDIR(st.st_mode))
			add_folder(pool, &v, path, extensions);
		else if (S_ISREG(st.st_mode))
			add(pool, &v, path, &st);
	}
	*out = v.items;
	return v.n;
}

struct str
files_fingerprint(struct pool *pool, const struct file *f, size_t n)
{
	unsigned char digest[HASH_SHA256_BYTES];
	char hex[HASH_SHA256_HEX + 1];
	struct buf text;

	buf_init(&text, SIZE_MAX / 2);
	for (size_t i = 0; i < n; i++)
		buf_printf(&text, "%s %llu %llu %lld\n", f[i].path, (unsigned long long)f[i].size,
		    (unsigned long long)f[i].inode, (long long)f[i].mtime_ns);
	hash_sha256(buf_str(&text), digest);
	hash_hex(digest, hex);
	buf_clear(&text);
	return pool_str(pool, str_of(hex));
}

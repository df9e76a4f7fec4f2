/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "engine/zip_crypt.h"

#include <zlib.h>

static uint32_t
crc_step(uint32_t crc, unsigned char c)
{
	return (uint32_t)get_crc_table()[(crc ^ c) & 0xff] ^ crc >> 8;
}

static void
update(struct zip_crypt *z, unsigned char plain)
{
	z->key[0] = crc_step(z->key[0], plain);
	z->key[1] = (z->key[1] + (z->key[0] & 0xff)) * 134775813u + 1;
	z->key[2] = crc_step(z->key[2], (unsigned char)(z->key[1] >> 24));
}

static unsigned char
decrypt(struct zip_crypt *z, unsigned char c)
{
	uint32_t t = (z->key[2] | 2) & 0xffff;
	unsigned char plain = (unsigned char)(c ^ (t * (t ^ 1)) >> 8);

	update(z, plain);
	return plain;
}

bool
zip_crypt_starts(struct zip_crypt *z, struct str password, struct str content, unsigned char check)
{
	unsigned char last = 0;

	if (content.n < ZIP_CRYPT_HEAD)
		return false;
	*z = (struct zip_crypt){ { 0x12345678, 0x23456789, 0x34567890 } };
	for (size_t i = 0; i < password.n; i++)
		update(z, (unsigned char)password.p[i]);
	for (size_t i = 0; i < ZIP_CRYPT_HEAD; i++)
		last = decrypt(z, (unsigned char)content.p[i]);
	return last == check;
}

void
zip_crypt_run(struct zip_crypt *z, struct str in, char *out)
{
	for (size_t i = 0; i < in.n; i++)
		out[i] = (char)decrypt(z, (unsigned char)in.p[i]);
}

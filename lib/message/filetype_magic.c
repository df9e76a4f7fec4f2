/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Files by their first bytes. Strong magic first, then containers that need a look inside,
 * then formats whose mark stands elsewhere, then text. */
#include "message/filetype.h"

#include "base/ascii.h"
#include "base/rd.h"
#include "message/filetype_id.h"

#define MAGIC(off, bytes, id) { off, { "" bytes, sizeof(bytes) - 1 }, FILETYPE_ID_##id }

static const struct magic {
	size_t off;
	struct str bytes;
	enum filetype_id id;
} magics[] = {
	/* executables and shortcuts */
	MAGIC(0, "\177ELF", ELF),
	MAGIC(0, "\xce\xfa\xed\xfe", MACHO), MAGIC(0, "\xcf\xfa\xed\xfe", MACHO),
	MAGIC(0, "\xfe\xed\xfa\xce", MACHO), MAGIC(0, "\xfe\xed\xfa\xcf", MACHO),
	MAGIC(0, "dex\n0", DEX), MAGIC(0, "\0asm", WASM), MAGIC(0, "\xed\xab\xee\xdb", RPM),
	MAGIC(0, "!<arch>\ndebian", DEB), MAGIC(0, "Cr24", XPI),
	MAGIC(0, "L\0\0\0\x01\x14\x02\0", LNK),				/* [MS-SHLLINK] 2.1 */
	MAGIC(0, "ITSF", CHM), MAGIC(0, "?_\x03\0", HLP),
	/* archives */
	MAGIC(0, "7z\xbc\xaf\x27\x1c", SEVENZIP), MAGIC(0, "Rar!\x1a\x07", RAR), MAGIC(0, "RE~^", RAR),
	MAGIC(7, "**ACE**", ACE), MAGIC(0, "MSCF\0\0\0\0", CAB), MAGIC(0, "ISc(", CAB),
	MAGIC(0, "\xfd" "7zXZ\0", XZ), MAGIC(0, "\x1f\x8b\x08", GZIP), MAGIC(0, "BZh", BZIP2),
	MAGIC(0, "\x28\xb5\x2f\xfd", ZSTD), MAGIC(0, "\x04\x22\x4d\x18", LZ4), MAGIC(0, "LZIP", LZIP),
	MAGIC(0, "\x1f\x9d", COMPRESS), MAGIC(0, "\x1f\xa0", COMPRESS), MAGIC(257, "ustar", TAR),
	MAGIC(0, "070701", CPIO), MAGIC(0, "070702", CPIO), MAGIC(0, "070707", CPIO),
	MAGIC(0, "\xc7\x71", CPIO), MAGIC(0, "\x71\xc7", CPIO), MAGIC(0, "!<arch>\n", AR),
	MAGIC(0, "xar!", XAR),
	MAGIC(20, "\xdc\xa7\xc4\xfd", ZOO), MAGIC(0, "ALZ\x01", ALZ), MAGIC(0, "EGGA", ALZ),
	MAGIC(0, "SIT!", STUFFIT), MAGIC(0, "StuffIt (c)", STUFFIT),
	MAGIC(0, "SZDD\x88\xf0\x27\x33", ANY_ARCHIVE),
	MAGIC(0, "\x89LZO\0\r\n\x1a\n", ANY_ARCHIVE), MAGIC(0, "LRZI", ANY_ARCHIVE),
	MAGIC(0, "GRZipII", ANY_ARCHIVE),
	MAGIC(0, "KWAJ\x88\xf0\x27\xd1", ANY_ARCHIVE), MAGIC(0, "\x5d\0\0\x80\0\xff\xff\xff\xff", LZMA),
	MAGIC(0, "\x5d\0\0\0\x04\xff\xff\xff\xff", LZMA), MAGIC(0, "\x5d\0\0\x80\0", LZMA),
	/* disk images */
	MAGIC(0, "vhdxfile", VHDX), MAGIC(0, "conectix", VHD), MAGIC(0, "KDMV", VMDK), MAGIC(0, "COWD", VMDK),
	MAGIC(0, "# Disk DescriptorFile", VMDK), MAGIC(0, "MSWIM\0\0\0", WIM), MAGIC(0, "QFI\xfb", QCOW),
	MAGIC(0, "<<< Oracle VM VirtualBox", QCOW),
	/* documents */
	/* [MS-ONESTORE] 2.3.1 */
	MAGIC(0, "\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3", ONENOTE),
	MAGIC(0, "\xa1\x2f\xff\x43\xd9\xef\x76\x4c\x9e\xe2\x10\xea\x57\x22\x76\x5f", ONENOTE),
	MAGIC(0, "\0\x01\0\0Standard Jet DB", ACCESS), MAGIC(0, "\0\x01\0\0Standard ACE DB", ACCESS),
	MAGIC(0, "%!PS", POSTSCRIPT), MAGIC(0, "\x04%!PS", POSTSCRIPT),
	MAGIC(0, "\xc5\xd0\xd3\xc6", POSTSCRIPT),
	MAGIC(0, "AT&TFORM", DJVU), MAGIC(0, "\xff" "WPC", WORDPERFECT), MAGIC(60, "BOOKMOBI", MOBI),
	MAGIC(0, "HWP Document File", HWP), MAGIC(0, "\xdb\xa5-\0", DOC), MAGIC(0, "\x31\xbe\0\0", DOC),
	MAGIC(0, "\x09\x08\x10\0\0\x06\x05\0", XLS), MAGIC(0, "\x09\x08\x08\0\0\x05", XLS),
	MAGIC(0, "\x09\x04\x06\0", XLS), MAGIC(0, "\x09\x02\x06\0", XLS), MAGIC(0, "\x09\0\x04\0", XLS),
	MAGIC(0, "{\\rt", RTF),		/* Word needs no more of "{\rtf1" */
	/* pictures */
	MAGIC(0, "\x89PNG\r\n\x1a\n", PNG), MAGIC(0, "\xff\xd8\xff", JPEG), MAGIC(0, "GIF87a", GIF),
	MAGIC(0, "GIF89a", GIF), MAGIC(0, "II*\0", TIFF), MAGIC(0, "MM\0*", TIFF), MAGIC(0, "II+\0", TIFF),
	MAGIC(0, "8BPS", PSD), MAGIC(40, " EMF\0\0\x01\0", EMF), MAGIC(0, "\xd7\xcd\xc6\x9a\0\0", WMF),
	MAGIC(0, "\x01\0\x09\0\0\x03", WMF), MAGIC(0, "\x02\0\x09\0\0\x03", WMF),
	MAGIC(0, "\0\0\0\x0cjP  \r\n", JP2), MAGIC(0, "\xff\x4f\xff\x51", JP2),
	MAGIC(0, "\0\0\0\x0cJXL \r\n", JXL), MAGIC(0, "AC10", DWG),
	/* sound and film */
	MAGIC(0, "ID3", MP3), MAGIC(0, "OggS", OGG), MAGIC(0, "fLaC", FLAC), MAGIC(0, "MThd\0\0\0\x06", MIDI),
	MAGIC(0, "#!AMR", AMR), MAGIC(0, "\x1a\x45\xdf\xa3", MATROSKA), MAGIC(0, "\0\0\x01\xba", MPEG),
	MAGIC(0, "\0\0\x01\xb3", MPEG), MAGIC(0, "\x30\x26\xb2\x75\x8e\x66\xcf\x11", ASF),
	MAGIC(0, "FLV\x01", FLV),
	MAGIC(0, ".snd\0\0\0", AIFF), MAGIC(8, "AIFF", AIFF), MAGIC(8, "AIFC", AIFF),
	MAGIC(0, "FWS", SWF), MAGIC(0, "CWS", SWF), MAGIC(0, "ZWS", SWF),
	/* mail and keys */
	MAGIC(0, "\x78\x9f\x3e\x22", TNEF), MAGIC(0, "!BDN", PST),
	MAGIC(0, "AES\x02", VAULT), MAGIC(0, "\xc0\xb9\x07\x2e\x4f\x93\xf1\x46", VAULT),
	MAGIC(0, "\x76\xe8\x04\x60\xc4\x11\xe3\x86", VAULT),			/* [MS-OXORMMS] rpmsg */
	/* the rest */
	MAGIC(0, "wOFF", TTF), MAGIC(0, "wOF2", TTF), MAGIC(0, "OTTO\0", TTF), MAGIC(0, "ttcf\0", TTF),
	MAGIC(0, "\0\x01\0\0\0", TTF), MAGIC(0, "SQLite format 3", SQLITE), MAGIC(0, "d8:announce", TORRENT),
	MAGIC(0, "\xd4\xc3\xb2\xa1", PCAP), MAGIC(0, "\xa1\xb2\xc3\xd4", PCAP),
	MAGIC(0, "\x0a\x0d\x0d\x0a", PCAP),
};

static bool
has(struct str in, size_t off, struct str bytes)
{
	return str_eq(str_sub(in, off, bytes.n), bytes);
}

static uint32_t
be32(struct str in, size_t off)
{
	uint32_t v = 0;

	for (size_t i = 0; i < 4; i++)
		v = v << 8 | (off + i < in.n ? (unsigned char)in.p[off + i] : 0u);
	return v;
}

static uint32_t
le32(struct str in, size_t off)
{
	return __builtin_bswap32(be32(in, off));
}

/* DOS stub, and at e_lfanew "PE". */
static enum filetype_id
mz(struct str in)
{
	if (!has(in, 0, STR("MZ")) && !has(in, 0, STR("ZM")))
		return FILETYPE_ID_UNKNOWN;
	if (in.n >= 64 && has(in, le32(in, 60), STR("PE\0\0")))
		return FILETYPE_ID_PE;
	return in.n >= 28 ? FILETYPE_ID_MZ : FILETYPE_ID_UNKNOWN;
}

/* CAFEBABE begins a Java class and a Mach-O for several processors: the next number is a
 * version (45 and more) in the one, a small count in the other. */
static enum filetype_id
cafebabe(struct str in)
{
	if (be32(in, 0) != 0xcafebabe)
		return FILETYPE_ID_UNKNOWN;
	return be32(in, 4) < 40 ? FILETYPE_ID_MACHO : FILETYPE_ID_CLASS;
}

static enum filetype_id
riff(struct str in)
{
	if (!has(in, 0, STR("RIFF")))
		return FILETYPE_ID_UNKNOWN;
	if (has(in, 8, STR("WAVE")))
		return FILETYPE_ID_WAV;
	if (has(in, 8, STR("AVI ")))
		return FILETYPE_ID_AVI;
	return has(in, 8, STR("WEBP")) ? FILETYPE_ID_WEBP : FILETYPE_ID_UNKNOWN;
}

/* ISO 14496-12: the brand tells pictures from film. */
static enum filetype_id
ftyp(struct str in)
{
	static const char *const pictures[] = { "heic", "heix", "hevc", "mif1", "msf1", "avif", "avis" };

	if (!has(in, 4, STR("ftyp")))
		return FILETYPE_ID_UNKNOWN;
	for (size_t i = 0; i < sizeof(pictures) / sizeof(pictures[0]); i++)
		if (has(in, 8, str_of(pictures[i])))
			return FILETYPE_ID_HEIC;
	return FILETYPE_ID_MP4;
}

/* DER: a SEQUENCE that begins with an OID of PKCS #7 (1.2.840.113549.1.7.x). */
static enum filetype_id
pkcs7(struct str in)
{
	size_t at = str_find(str_upto(in, 20), STR("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07"));

	if (in.n < 24 || in.p[0] != 0x30 || at == STR_NPOS)
		return FILETYPE_ID_UNKNOWN;
	switch (in.p[at + 10]) {
	case 3: case 6: return FILETYPE_ID_SMIME_ENCRYPTED;	/* enveloped, encrypted */
	default: return FILETYPE_ID_SMIME;
	}
}

static enum filetype_id
bmp_ico(struct str in)
{
	if (has(in, 0, STR("BM")) && has(in, 6, STR("\0\0\0\0")) && in.n >= 26)
		return FILETYPE_ID_BMP;
	if ((has(in, 0, STR("\0\0\x01\0")) || has(in, 0, STR("\0\0\x02\0"))) && in.n >= 22 && in.p[4] && !in.p[5] &&
	    !in.p[9])
		return FILETYPE_ID_ICO;
	return FILETYPE_ID_UNKNOWN;
}

/* MPEG audio: eleven set bits, then version, layer and bit rate that exist. */
static enum filetype_id
mpeg_audio(struct str in)
{
	uint32_t v = be32(in, 0);

	if (in.n < 128 || v >> 21 != 0x7ff)
		return FILETYPE_ID_UNKNOWN;
	if ((v >> 17 & 3) == 0)
		return (v >> 16 & 0xf6) == 0xf0 ? FILETYPE_ID_AAC : FILETYPE_ID_UNKNOWN;
	return (v >> 19 & 3) != 1 && (v >> 12 & 15) != 15 && (v >> 10 & 3) != 3 ? FILETYPE_ID_MP3 :
	    FILETYPE_ID_UNKNOWN;
}

static enum filetype_id
arj_lha(struct str in)
{
	if (has(in, 0, STR("\x60\xea")) && in.n > 12 && (unsigned char)in.p[4] <= 60 && in.p[10] <= 2)
		return FILETYPE_ID_ARJ;
	if (has(in, 2, STR("-l")) && has(in, 6, STR("-")) && (in.p[4] == 'h' || in.p[4] == 'z'))
		return FILETYPE_ID_LHA;
	return FILETYPE_ID_UNKNOWN;
}

/* LZMA alone has no mark: properties, a dictionary of 2^n or 2^n + 2^(n-1) bytes, the size or
 * -1, and a first byte that is always 0 (lzma-file-format.txt of XZ Utils, 1.1). */
static enum filetype_id
lzma_alone(struct str in)
{
	enum { PROPERTIES = 9 * 5 * 5, DICTIONARY_MIN = 4096, SIZE_BITS = 38 };
	struct rd r = { .in = in };
	unsigned properties = rd_u8(&r);
	uint32_t dictionary = rd_u32(&r), rest = dictionary & (dictionary - 1);
	uint64_t size = rd_u64(&r);
	bool zero = rd_u8(&r) == 0;

	if (r.err || !zero || properties >= PROPERTIES || dictionary < DICTIONARY_MIN ||
	    (size != UINT64_MAX && size >> SIZE_BITS) || size == 0)
		return FILETYPE_ID_UNKNOWN;
	/* `rest` lacks the lowest bit: what is left is nothing, or the next bit above it. */
	return rest == 0 || rest == (dictionary ^ rest) << 1 ? FILETYPE_ID_LZMA : FILETYPE_ID_UNKNOWN;
}

/* Tar before POSIX has no mark but its checksum, over a header that counts itself as blanks. */
static enum filetype_id
old_tar(struct str in)
{
	enum { BLOCK = 512, SUM = 148, SUM_END = 156 };
	unsigned sum = 0, want = 0;
	size_t digits = 0;

	if (in.n < BLOCK || !ascii_is_print((unsigned char)in.p[0]))
		return FILETYPE_ID_UNKNOWN;
	for (size_t i = SUM; i < SUM_END; i++) {
		if (in.p[i] >= '0' && in.p[i] <= '7') {
			want = want * 8 + (unsigned)(in.p[i] - '0');
			digits++;
		}
	}
	for (size_t i = 0; i < BLOCK; i++)
		sum += i >= SUM && i < SUM_END ? ' ' : (unsigned char)in.p[i];
	return digits >= 3 && sum == want ? FILETYPE_ID_TAR : FILETYPE_ID_UNKNOWN;
}

/* ECMA-119 6.7.1, ECMA-167 2/8.3: descriptors from sector 16 on. The boot sector of FAT has
 * a jump, BIOS parameters and its signature. */
static enum filetype_id
disk(struct str in)
{
	enum { SECTOR_16 = 32768 };

	if (has(in, SECTOR_16 + 1, STR("CD001")))
		return FILETYPE_ID_ISO;
	if (has(in, SECTOR_16 + 1, STR("BEA01")) || has(in, SECTOR_16 + 1, STR("NSR0")))
		return FILETYPE_ID_UDF;
	if (has(in, 510, STR("\x55\xaa")) && (has(in, 54, STR("FAT")) || has(in, 82, STR("FAT32")) ||
	    has(in, 3, STR("NTFS")) || has(in, 3, STR("EXFAT"))))
		return FILETYPE_ID_FAT;
	if (in.n >= 512 && has(in, in.n - 512, STR("koly")))
		return FILETYPE_ID_DMG;
	if (in.n >= 512 && (has(in, in.n - 512, STR("conectix")) || has(in, in.n - 511, STR("conectix"))))
		return FILETYPE_ID_VHD;
	/* A partition table: signature and a first entry whose status byte is one of two. */
	if (in.n > 1024 && has(in, 510, STR("\x55\xaa")) && (in.p[446] & 0x7f) == 0 && in.p[450])
		return FILETYPE_ID_FAT;
	return FILETYPE_ID_UNKNOWN;
}

/* Python's byte code: a version, then CR LF. */
static enum filetype_id
pyc(struct str in)
{
	return in.n >= 16 && has(in, 2, STR("\r\n")) && (in.p[1] == '\r' || (unsigned char)in.p[1] == 0xf2) ?
	    FILETYPE_ID_PYTHON : FILETYPE_ID_UNKNOWN;
}

/* Readers look for the header in the first kilobyte (ISO 32000-1, annex H). */
static bool
is_pdf(struct str in)
{
	enum { PDF_HEADER = 1024 + 5 };

	return str_find(str_upto(in, PDF_HEADER), STR("%PDF-")) != STR_NPOS;
}

static enum filetype_id
by_magic(struct str in)
{
	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		if (has(in, magics[i].off, magics[i].bytes))
			return magics[i].id;
	return FILETYPE_ID_UNKNOWN;
}

/* A self-extracting archive begins as a program; a ZIP may have anything in front. */
static bool
is_zip(struct str in)
{
	return has(in, 0, STR("PK\x03\x04")) || has(in, 0, STR("PK\x05\x06")) ||
	    has(in, 0, STR("PK00PK\x03\x04")) || has(in, 0, STR("PK\x07\x08PK\x03\x04"));
}

static enum filetype_id
identify(struct str in, bool *encrypted)
{
	static enum filetype_id (*const probes[])(struct str) = {
		mz, cafebabe, riff, ftyp, pkcs7, bmp_ico, arj_lha, disk, pyc, old_tar, mpeg_audio,
		lzma_alone,
	};
	enum filetype_id id;

	*encrypted = false;
	if (in.n == 0)
		return FILETYPE_ID_EMPTY;
	if (is_zip(in))
		return filetype_zip(in, encrypted);
	if (has(in, 0, STR("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")))
		return filetype_ole(in, encrypted);
	id = by_magic(in);
	for (size_t i = 0; id == FILETYPE_ID_UNKNOWN && i < sizeof(probes) / sizeof(probes[0]); i++)
		id = probes[i](in);
	if (id == FILETYPE_ID_UNKNOWN && is_pdf(in))
		id = FILETYPE_ID_PDF;
	return id == FILETYPE_ID_UNKNOWN ? filetype_text(in) : id;
}

const struct filetype *
filetype_of(struct str content)
{
	bool encrypted;

	return filetype_get(identify(content, &encrypted));
}

/* RAR 4: the archive header and the first file header have a flag each. RAR 5: the second
 * header of an archive with hidden names is of type 4 (CRC, size, type; both sizes vint). */
static bool
rar_encrypted(struct str in)
{
	struct rd r = { .in = in, .off = 7 };
	uint16_t flags, size;
	uint8_t type;

	if (has(in, 0, STR("Rar!\x1a\x07\x01\0"))) {
		size_t size_bytes = in.n > 12 && (in.p[12] & 0x80) ? 2 : 1;

		return in.n > 12 + size_bytes && in.p[12 + size_bytes] == 4;
	}
	for (int i = 0; i < 2; i++) {
		size_t start = r.off;

		rd_u16(&r);
		type = rd_u8(&r);
		flags = rd_u16(&r);
		size = rd_u16(&r);
		if (r.err || size < 7)
			return false;
		if ((type == 0x73 && (flags & 0x80)) || (type == 0x74 && (flags & 0x04)))
			return true;
		r.off = start;
		rd_bytes(&r, size);
	}
	return false;
}

/* 7-Zip: the codec number of AES in the header at the end (7zFormat.txt). */
static bool
sevenzip_encrypted(struct str in)
{
	struct rd r = { .in = in, .off = 12 };
	uint64_t off = rd_u64(&r), size = rd_u64(&r);

	if (r.err || off > in.n || size > in.n)
		return false;
	return str_find(str_sub(in, 32 + (size_t)off, (size_t)size), STR("\x06\xf1\x07\x01")) != STR_NPOS;
}

const struct filetype *
filetype_read(struct str content, bool *encrypted)
{
	enum filetype_id id = identify(content, encrypted);

	if (id == FILETYPE_ID_RAR)
		*encrypted = rar_encrypted(content);
	else if (id == FILETYPE_ID_SEVENZIP)
		*encrypted = sevenzip_encrypted(content);
	else if (filetype_get(id)->group == FILETYPE_ENCRYPTED)
		*encrypted = true;
	return filetype_get(id);
}

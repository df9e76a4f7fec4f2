/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Names, media types, and which of them may stand for one another. */
#include "message/filetype.h"

#include "base/ascii.h"
#include "message/filetype_id.h"

static const struct {
	struct filetype type;
	const char *extensions;
} types[] = {
#define TYPE(id, media, label, group, extensions) { { media, label, FILETYPE_##group }, extensions },
#include "message/filetype.list"
#undef TYPE
};

const struct filetype *
filetype_get(enum filetype_id id)
{
	return &types[id].type;
}

static enum filetype_id
id_of(const struct filetype *t)
{
	for (unsigned i = 0; i < FILETYPE_ID_N; i++)
		if (t == &types[i].type)
			return (enum filetype_id)i;
	return FILETYPE_ID_UNKNOWN;
}

/* Media types under which a type is also declared. */
static const struct {
	const char *media;
	enum filetype_id id;
} aliases[] = {
#define ALIAS(media, id) { media, FILETYPE_ID_##id }
	ALIAS("application/binary", UNKNOWN), ALIAS("application/unknown", UNKNOWN),
	ALIAS("application/force-download", UNKNOWN), ALIAS("application/download", UNKNOWN),
	ALIAS("application/x-download", UNKNOWN), ALIAS("application/octetstream", UNKNOWN),
	ALIAS("application/x-octet-stream", UNKNOWN), ALIAS("application/stream", UNKNOWN),
	ALIAS("application/save", UNKNOWN), ALIAS("application/data", UNKNOWN),
	ALIAS("application/*", UNKNOWN),
	ALIAS("application/file", UNKNOWN), ALIAS("application/x-file", UNKNOWN),
	ALIAS("application/any", UNKNOWN),
	ALIAS("attachment", UNKNOWN), ALIAS("application/attachment", UNKNOWN),
	ALIAS("binary/octet-stream", UNKNOWN),
	ALIAS("application/x-unknown", UNKNOWN), ALIAS("unknown/unknown", UNKNOWN),
	ALIAS("text/comma-separated-values", CSV), ALIAS("application/csv", CSV), ALIAS("text/x-csv", CSV),
	ALIAS("text/tab-separated-values", CSV), ALIAS("text/markdown", TEXT), ALIAS("text/x-log", TEXT),
	ALIAS("text/x-patch", TEXT), ALIAS("text/x-diff", TEXT), ALIAS("text/plain-text", TEXT),
	ALIAS("text", TEXT),
	ALIAS("text/enriched", TEXT), ALIAS("text/richtext", TEXT), ALIAS("text/x-c", TEXT),
	ALIAS("text/*", TEXT),
	ALIAS("text/xml", XML), ALIAS("application/rss+xml", XML), ALIAS("text/x-vcard", VCF),
	ALIAS("text/directory", VCF), ALIAS("application/ics", ICS), ALIAS("text/x-vcalendar", ICS),
	ALIAS("message/disposition-notification", DSN), ALIAS("message/feedback-report", DSN),
	ALIAS("message/global-delivery-status", DSN), ALIAS("message/global-headers", HEADERS),
	ALIAS("message/global", EML), ALIAS("message/news", EML), ALIAS("text/x-amp-html", HTML),
	ALIAS("text/watch-html", HTML), ALIAS("application/html", HTML),
	ALIAS("application/x-mimearchive", MHT),
	ALIAS("application/javascript", JS), ALIAS("application/x-javascript", JS),
	ALIAS("application/ecmascript", JS), ALIAS("text/ecmascript", JS), ALIAS("text/x-javascript", JS),
	ALIAS("application/x-vbs", VBS), ALIAS("text/x-vbscript", VBS), ALIAS("text/scriptlet", WSF),
	ALIAS("application/x-bsh", SH), ALIAS("text/x-sh", SH), ALIAS("application/x-shellscript", SH),
	ALIAS("text/x-shellscript", SH), ALIAS("application/x-csh", SH), ALIAS("application/bat", BAT),
	ALIAS("application/x-msdos-batch", BAT), ALIAS("application/x-python", PYTHON),
	ALIAS("application/x-perl", PERL), ALIAS("application/x-httpd-php", PHP), ALIAS("text/x-php", PHP),
	ALIAS("application/x-chm", CHM), ALIAS("application/mshelp", CHM),
	ALIAS("application/x-msdownload", PE), ALIAS("application/exe", PE), ALIAS("application/x-exe", PE),
	ALIAS("application/x-msdos-program", PE), ALIAS("application/x-winexe", PE), ALIAS("vms/exe", PE),
	ALIAS("application/x-executable", ELF), ALIAS("application/x-sharedlib", ELF),
	ALIAS("application/x-pie-executable", ELF), ALIAS("application/x-object", ELF),
	ALIAS("application/x-java-archive", JAR), ALIAS("application/x-java-vm", CLASS),
	ALIAS("application/java", CLASS), ALIAS("application/x-ms-installer", MSI),
	ALIAS("application/x-windows-installer", MSI), ALIAS("application/x-redhat-package-manager", RPM),
	ALIAS("application/x-debian-package", DEB), ALIAS("application/vnd.ms-appx", MSIX),
	ALIAS("application/x-ms-lnk", LNK), ALIAS("application/internet-shortcut", URL),
	ALIAS("text/x-url", URL), ALIAS("application/x-url", URL), ALIAS("text/uri-list", TEXT),
	ALIAS("application/x-zip-compressed", ZIP), ALIAS("application/x-zip", ZIP),
	ALIAS("multipart/x-zip", ZIP),
	ALIAS("application/zip-compressed", ZIP), ALIAS("application/vnd.google-earth.kmz", ZIP),
	ALIAS("application/7z", SEVENZIP), ALIAS("application/x-7zip", SEVENZIP),
	ALIAS("application/x-rar-compressed", RAR), ALIAS("application/x-rar", RAR),
	ALIAS("application/rar", RAR),
	ALIAS("application/x-ace", ACE), ALIAS("application/arj", ARJ), ALIAS("application/x-lha", LHA),
	ALIAS("application/x-lzh", LHA), ALIAS("application/x-lzh-archive", LHA),
	ALIAS("application/cab", CAB),
	ALIAS("application/x-cab", CAB), ALIAS("application/x-cab-compressed", CAB),
	ALIAS("application/x-gzip", GZIP), ALIAS("application/x-gzip-compressed", GZIP),
	ALIAS("application/gzip-compressed", GZIP), ALIAS("application/x-tgz", GZIP),
	ALIAS("application/x-gtar", TAR), ALIAS("application/tar", TAR),
	ALIAS("application/x-compressed-tar", GZIP),
	ALIAS("application/bzip2", BZIP2), ALIAS("application/x-bzip", BZIP2),
	ALIAS("application/x-zstd", ZSTD),
	ALIAS("application/compressed", ANY_ARCHIVE),
	ALIAS("application/binhex", BINHEX), ALIAS("application/mac-binhex", BINHEX),
	ALIAS("application/x-uuencode", UUENCODE), ALIAS("application/x-iso-image", ISO),
	ALIAS("application/x-cd-image", ISO), ALIAS("application/vnd.efi.iso", ISO),
	ALIAS("application/iso", ISO),
	ALIAS("application/vnd.efi.img", FAT), ALIAS("application/x-virtualbox-vhd", VHD),
	ALIAS("application/x-virtualbox-vhdx", VHDX), ALIAS("application/x-pdf", PDF), ALIAS("text/pdf", PDF),
	ALIAS("application/acrobat", PDF), ALIAS("applications/vnd.pdf", PDF),
	ALIAS("application/vnd.pdf", PDF),
	ALIAS("text/rtf", RTF), ALIAS("application/x-rtf", RTF),
	ALIAS("application/doc", DOC), ALIAS("application/vnd.msword", DOC),
	ALIAS("application/vnd.ms-word", DOC),
	ALIAS("application/x-msword", DOC), ALIAS("application/winword", DOC), ALIAS("application/word", DOC),
	ALIAS("application/msexcel", XLS), ALIAS("application/x-msexcel", XLS),
	ALIAS("application/excel", XLS),
	ALIAS("application/x-excel", XLS), ALIAS("application/xls", XLS), ALIAS("application/x-xls", XLS),
	ALIAS("application/mspowerpoint", PPT), ALIAS("application/powerpoint", PPT),
	ALIAS("application/x-mspowerpoint", PPT), ALIAS("application/x-visio", VSD),
	ALIAS("application/haansofthwp", HWP), ALIAS("application/vnd.hancom.hwp", HWP),
	ALIAS("application/x-ole2", OLE), ALIAS("application/x-cfb", OLE),
	ALIAS("application/vnd.ms-office", OLE),
	ALIAS("application/cdfv2", OLE), ALIAS("application/x-js-taro", OLE),
	ALIAS("application/vnd.openxmlformats-officedocument.wordprocessingml.template", DOCX),
	ALIAS("application/vnd.openxmlformats-officedocument.spreadsheetml.template", XLSX),
	ALIAS("application/vnd.openxmlformats-officedocument.presentationml.slideshow", PPTX),
	ALIAS("application/vnd.openxmlformats-officedocument.presentationml.template", PPTX),
	ALIAS("application/vnd.ms-word.template.macroenabled.12", DOCM),
	ALIAS("application/vnd.ms-excel.template.macroenabled.12", XLSM),
	ALIAS("application/vnd.ms-excel.addin.macroenabled.12", XLSM),
	ALIAS("application/vnd.ms-powerpoint.slideshow.macroenabled.12", PPTM),
	ALIAS("application/vnd.ms-powerpoint.template.macroenabled.12", PPTM),
	ALIAS("application/vnd.ms-powerpoint.addin.macroenabled.12", PPTM),
	ALIAS("application/vnd.oasis.opendocument.graphics", ODP),
	ALIAS("application/vnd.oasis.opendocument.formula", ODP),
	ALIAS("application/vnd.oasis.opendocument.text-template", ODT),
	ALIAS("application/vnd.oasis.opendocument.spreadsheet-template", ODS),
	ALIAS("application/vnd.oasis.opendocument.presentation-template", ODP),
	ALIAS("application/vnd.sun.xml.writer", ODT), ALIAS("application/vnd.sun.xml.calc", ODS),
	ALIAS("application/vnd.apple.numbers", IWORK), ALIAS("application/vnd.apple.keynote", IWORK),
	ALIAS("application/oxps", XPS), ALIAS("application/eps", POSTSCRIPT),
	ALIAS("application/msonenote", ONENOTE),
	ALIAS("application/msaccess", ACCESS), ALIAS("application/vnd.ms-access", ACCESS),
	ALIAS("image/jpg", JPEG), ALIAS("image/pjpeg", JPEG), ALIAS("image/jpe", JPEG),
	ALIAS("image/x-png", PNG),
	ALIAS("image/x-citrix-png", PNG), ALIAS("image/x-citrix-jpeg", JPEG), ALIAS("image/apng", PNG),
	ALIAS("image/x-ms-bmp", BMP), ALIAS("image/x-bmp", BMP), ALIAS("image/tif", TIFF),
	ALIAS("image/x-tiff", TIFF),
	ALIAS("image/vnd.microsoft.icon", ICO), ALIAS("image/ico", ICO), ALIAS("image/x-emf", EMF),
	ALIAS("image/x-wmf", WMF), ALIAS("image/heif", HEIC), ALIAS("image/avif", HEIC),
	ALIAS("image/svg", SVG),
	ALIAS("image/x-photoshop", PSD), ALIAS("application/photoshop", PSD), ALIAS("image/jpx", JP2),
	ALIAS("image/x-dwg", DWG), ALIAS("application/acad", DWG), ALIAS("image/vnd.dxf", DWG),
	ALIAS("audio/mp3", MP3), ALIAS("audio/x-mp3", MP3), ALIAS("audio/x-mpeg", MP3),
	ALIAS("audio/wav", WAV),
	ALIAS("audio/wave", WAV), ALIAS("audio/vnd.wave", WAV), ALIAS("application/ogg", OGG),
	ALIAS("video/ogg", OGG),
	ALIAS("audio/opus", OGG), ALIAS("audio/x-flac", FLAC), ALIAS("audio/mid", MIDI),
	ALIAS("audio/x-midi", MIDI),
	ALIAS("audio/mp4", MP4), ALIAS("audio/x-m4a", MP4), ALIAS("video/quicktime", MP4),
	ALIAS("video/3gpp", MP4),
	ALIAS("audio/3gpp", MP4), ALIAS("audio/aiff", AIFF), ALIAS("audio/basic", AIFF),
	ALIAS("video/avi", AVI),
	ALIAS("video/msvideo", AVI), ALIAS("video/webm", MATROSKA), ALIAS("audio/webm", MATROSKA),
	ALIAS("video/x-ms-wmv", ASF), ALIAS("audio/x-ms-wma", ASF),
	ALIAS("application/vnd.adobe.flash.movie", SWF),
	ALIAS("application/msoutlook", MSG), ALIAS("application/x-msg", MSG),
	ALIAS("application/vnd.ms-tnef", TNEF),
	ALIAS("application/x-pkcs7-mime", SMIME), ALIAS("application/x-pkcs7-signature", SMIME_SIGNATURE),
	ALIAS("application/pgp", PGP), ALIAS("application/x-pem-file", CERTIFICATE),
	ALIAS("application/pkix-cert", CERTIFICATE), ALIAS("application/x-pkcs7-certificates", CERTIFICATE),
	ALIAS("application/pkcs12", PKCS12), ALIAS("application/x-microsoft-rpmsg-message", VAULT),
	ALIAS("application/font-woff", TTF), ALIAS("font/otf", TTF), ALIAS("font/woff", TTF),
	ALIAS("font/woff2", TTF),
	ALIAS("application/x-font-ttf", TTF), ALIAS("application/x-sqlite3", SQLITE),
#undef ALIAS
};

/* Windows drops trailing dots and blanks of a name, so "a.exe. ." is run as "a.exe"; what
 * stands behind ':' names a stream of the file, and its type is that of the file. */
struct str
filetype_extension(struct str name)
{
	size_t dot, slash;

	while (name.n && (name.p[name.n - 1] == '.' || (unsigned char)name.p[name.n - 1] <= ' '))
		name.n--;
	dot = str_rchr(name, '.');
	if (dot == STR_NPOS)
		return STR_NONE;
	name = str_from(name, dot + 1);
	slash = str_chr(name, '/') != STR_NPOS ? str_chr(name, '/') : str_chr(name, '\\');
	if (slash != STR_NPOS)
		return STR_NONE;
	return str_upto(name, str_chr(name, ':'));
}

const struct filetype *
filetype_by_name(struct str name)
{
	struct str ext = filetype_extension(name), rest, one;

	if (ext.n == 0)
		return NULL;
	for (size_t i = 0; i < FILETYPE_ID_N; i++)
		for (rest = str_of(types[i].extensions); str_next(&rest, ' ', &one);)
			if (str_eq_nocase(one, ext))
				return &types[i].type;
	return NULL;
}

const struct filetype *
filetype_by_media(struct str media)
{
	media = str_trim(media);
	for (size_t i = 0; i < FILETYPE_ID_N; i++)
		if (str_eq_nocase(media, str_of(types[i].type.media)))
			return &types[i].type;
	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
		if (str_eq_nocase(media, str_of(aliases[i].media)))
			return &types[aliases[i].id].type;
	return NULL;
}

static bool
is_zip_based(enum filetype_id id)
{
	switch ((int)id) {
	case FILETYPE_ID_ZIP: case FILETYPE_ID_JAR: case FILETYPE_ID_APK: case FILETYPE_ID_MSIX: case FILETYPE_ID_XPI:
	case FILETYPE_ID_DOCX: case FILETYPE_ID_XLSX: case FILETYPE_ID_PPTX: case FILETYPE_ID_VSDX:
	case FILETYPE_ID_OOXML: case FILETYPE_ID_ODT: case FILETYPE_ID_ODS: case FILETYPE_ID_ODP:
	case FILETYPE_ID_IWORK: case FILETYPE_ID_EPUB: case FILETYPE_ID_XPS: case FILETYPE_ID_XLSB:
	case FILETYPE_ID_DOCM: case FILETYPE_ID_XLSM: case FILETYPE_ID_PPTM: case FILETYPE_ID_VSDM:
	case FILETYPE_ID_OOXML_MACRO: case FILETYPE_ID_ODF_MACRO:
		return true;
	}
	return false;
}

static bool
is_ole_based(enum filetype_id id)
{
	switch ((int)id) {
	case FILETYPE_ID_OLE: case FILETYPE_ID_DOC: case FILETYPE_ID_XLS: case FILETYPE_ID_PPT: case FILETYPE_ID_VSD:
	case FILETYPE_ID_PUB: case FILETYPE_ID_MPP: case FILETYPE_ID_HWP: case FILETYPE_ID_MSG: case FILETYPE_ID_MSI:
	case FILETYPE_ID_OOXML_ENCRYPTED:
		return true;
	}
	return false;
}

/* The pairs {real, claimed} that honest senders produce. */
static const struct {
	enum filetype_id real, claimed;
} honest[] = {
#define PAIR(real, claimed) { FILETYPE_ID_##real, FILETYPE_ID_##claimed }
	PAIR(RTF, DOC), PAIR(DOCX, DOC), PAIR(XLSX, XLS), PAIR(PPTX, PPT), PAIR(XLSB, XLSX), PAIR(XLSB, XLS),
	PAIR(XLSM, XLS), PAIR(DOCM, DOC), PAIR(PPTM, PPT), PAIR(XLSM, XLSB), PAIR(VSDX, VSD),
	/* Files that could hold macros and do not. */
	PAIR(DOCX, DOCM), PAIR(XLSX, XLSM), PAIR(PPTX, PPTM), PAIR(VSDX, VSDM), PAIR(ZIP, JAR), PAIR(ZIP, APK),
	PAIR(DOC_MACRO, DOC), PAIR(XLS_MACRO, XLS), PAIR(PPT_MACRO, PPT), PAIR(OLE_MACRO, OLE),
	PAIR(OLE_MACRO, VSD), PAIR(OLE_MACRO, PUB), PAIR(ODF_MACRO, ODT), PAIR(ODF_MACRO, ODS),
	PAIR(ODF_MACRO, ODP),
	PAIR(OOXML_ENCRYPTED, DOCX), PAIR(OOXML_ENCRYPTED, XLSX), PAIR(OOXML_ENCRYPTED, PPTX),
	PAIR(OOXML_ENCRYPTED, XLSM), PAIR(OOXML_ENCRYPTED, DOCM), PAIR(OOXML_ENCRYPTED, PPTM),
	PAIR(OOXML_ENCRYPTED, XLSB), PAIR(OOXML_ENCRYPTED, DOC), PAIR(OOXML_ENCRYPTED, XLS),
	PAIR(OOXML_ENCRYPTED, PPT), PAIR(OFFICE_XML, XML), PAIR(OFFICE_XML, DOC), PAIR(OFFICE_XML, XLS),
	/* Browsers on Windows declare CSV files as Excel's. */
	PAIR(TEXT, XLS), PAIR(CSV, XLS),
	PAIR(XML, SVG), PAIR(XML, XHTML), PAIR(XML, HTML), PAIR(XML, ICS), PAIR(SVG, XML), PAIR(XHTML, XML),
	PAIR(XML, LIBRARY), PAIR(XML, CLICKONCE), PAIR(XML, JNLP), PAIR(XML, MSC), PAIR(XML, WEBLOC),
	PAIR(XML, ODT),
	PAIR(XML, ODS), PAIR(XML, ODP),
	PAIR(PE, MZ), PAIR(MZ, PE), PAIR(UNKNOWN, PE), PAIR(GZIP, TAR), PAIR(BZIP2, TAR), PAIR(XZ, TAR),
	PAIR(CAB, ONENOTE), PAIR(CAB, MSI), PAIR(XAR, PKG), PAIR(AR, DEB), PAIR(GZIP, SVG), PAIR(GZIP, EMF),
	PAIR(MHT, EML), PAIR(EML, MHT), PAIR(EML, MBOX), PAIR(MBOX, EML), PAIR(TEXT, EML), PAIR(TEXT, MBOX),
	PAIR(HTML, MHT), PAIR(SMIME_ENCRYPTED, SMIME), PAIR(SMIME, SMIME_SIGNATURE),
	PAIR(SMIME_SIGNATURE, SMIME),
	PAIR(TEXT, PGP), PAIR(PGP_SIGNATURE, PGP), PAIR(PGP_KEYS, PGP), PAIR(PGP, PGP_SIGNATURE),
	PAIR(TEXT, PGP_SIGNATURE), PAIR(TEXT, PGP_KEYS), PAIR(TEXT, CERTIFICATE), PAIR(TEXT, RDP),
	PAIR(TEXT, PLAYLIST),
	PAIR(TEXT, IQY), PAIR(TEXT, SCF), PAIR(TEXT, URL), PAIR(TEXT, DESKTOP), PAIR(TEXT, UUENCODE),
	PAIR(TEXT, BINHEX), PAIR(TEXT, SYLK), PAIR(TEXT, DWG), PAIR(TEXT, PNM), PAIR(PDF, POSTSCRIPT),
	PAIR(POSTSCRIPT, PDF),
#undef PAIR
};

static bool
is_honest_pair(enum filetype_id real, enum filetype_id claimed)
{
	for (size_t i = 0; i < sizeof(honest) / sizeof(honest[0]); i++)
		if (honest[i].real == real && honest[i].claimed == claimed)
			return true;
	return false;
}

/* Text, and what is text with a meaning: senders call each by the name of any other. */
static bool
is_text(enum filetype_group g)
{
	return g == FILETYPE_TEXT || g == FILETYPE_HTML || g == FILETYPE_SCRIPT;
}

static bool
groups_agree(enum filetype_id real, enum filetype_id claimed)
{
	enum filetype_group r = types[real].type.group, c = types[claimed].type.group;

	if (r == FILETYPE_TEXT && is_text(c))
		return true;
	if (c == FILETYPE_TEXT && (is_text(r) || r == FILETYPE_MAIL || real == FILETYPE_ID_PGP_SIGNATURE ||
	    real == FILETYPE_ID_PGP_KEYS || real == FILETYPE_ID_CERTIFICATE || real == FILETYPE_ID_UUENCODE))
		return true;
	if (r == FILETYPE_HTML && c == FILETYPE_HTML)
		return true;
	if (r == c && (r == FILETYPE_AUDIO_VIDEO || r == FILETYPE_DISK_IMAGE))
		return true;
	/* A picture under another picture's name is shown all the same; SVG can run code. */
	return r == FILETYPE_IMAGE && c == FILETYPE_IMAGE && real != FILETYPE_ID_SVG;
}

bool
filetype_agrees(const struct filetype *real, const struct filetype *claimed)
{
	enum filetype_id r = id_of(real), c;

	if (!claimed)
		return true;
	c = id_of(claimed);
	if (r == c || c == FILETYPE_ID_UNKNOWN || r == FILETYPE_ID_UNKNOWN || r == FILETYPE_ID_EMPTY)
		return true;
	if (is_honest_pair(r, c) || groups_agree(r, c))
		return true;
	if (c == FILETYPE_ID_ANY_ARCHIVE)
		return real->group == FILETYPE_ARCHIVE;
	if (c == FILETYPE_ID_ZIP)
		return is_zip_based(r);
	return (r == FILETYPE_ID_OLE && is_ole_based(c)) || (r == FILETYPE_ID_OOXML && is_zip_based(c)) ||
	    (c == FILETYPE_ID_OLE && is_ole_based(r));
}

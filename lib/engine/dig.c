/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "engine/dig.h"

const struct dig_kind *const dig_kinds[] = {
	&dig_archive, &dig_zip, &dig_tnef, &dig_html, &dig_mail, &dig_fat, &dig_xml, &dig_binhex, NULL
};

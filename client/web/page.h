/*
 * page: the page for browsers, client/web/page as the build has put it together (embed.sh).
 */
#ifndef PREFORKD_CLIENT_WEB_PAGE_H
#define PREFORKD_CLIENT_WEB_PAGE_H

#include <stddef.h>

/* One HTML file; not a string. */
extern const unsigned char page_text[];
extern const size_t page_size;

/* Its Content-Security-Policy: the style and the script that are in it, by their hashes. */
extern const char page_policy[];

#endif

/* What a request showed, as a row for people and figures for monitoring. */
#ifndef APP_PROBE_WEB_SHOW_H
#define APP_PROBE_WEB_SHOW_H

#include "app/probe/web.h"

void web_show(struct probe *p, const struct web *w);

#endif

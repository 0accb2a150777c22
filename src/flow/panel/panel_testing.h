/* For the tests of pages: requests, what they were answered, forms and log-ins. */
#ifndef FLOW_PANEL_PANEL_TESTING_H
#define FLOW_PANEL_PANEL_TESTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "flow/panel/panel_fixture.h"

static struct place w;
static char text[262144];

static inline int set_up(void **state)
{
    (void)state;
    return !place_open(&w);
}

static inline int tear_down(void **state)
{
    (void)state;
    place_close(&w);
    return 0;
}

static inline unsigned ask_with(const char *line, const char *fields, const char *body)
{
    assert_true(place_ask(&w, line, fields, str_z(body)));
    assert_true(w.a.body.len < sizeof text);
    (void)snprintf(text, sizeof text, "%.*s", STR_ARG(buf_str(&w.a.body)));
    return w.a.status;
}

static inline unsigned ask(const char *line)
{
    return ask_with(line, "", "");
}

static inline bool said(const char *what)
{
    return strstr(text, what) != NULL;
}

static inline bool head_says(const char *what)
{
    return str_find(buf_str(&w.a.fields), str_z(what)) != STR_NPOS;
}

/* A form as the page at `page` gives it, with its token. */
static inline unsigned post(const char *page, const char *line, const char *cookie,
                            const char *fields)
{
    char head[512], body[2048], get[128];
    (void)snprintf(get, sizeof get, "GET %s", page);
    (void)ask_with(get, cookie, "");
    const char *token = strstr(text, "name=\"token\" value=\"");
    (void)snprintf(body, sizeof body, "token=%.32s&%s", token ? token + 20 : "", fields);
    (void)snprintf(head, sizeof head,
                   "%sOrigin: https://192.0.2.9\r\nSec-Fetch-Site: same-origin\r\n"
                   "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %zu\r\n",
                   cookie, strlen(body));
    return ask_with(line, head, body);
}

/* Logs in and gives the head's line with its cookie. */
static inline const char *log_in(const char *user, const char *password)
{
    static char cookie[128];
    char fields[128];
    (void)snprintf(fields, sizeof fields, "user=%s&password=%s", user, password);
    (void)post("/login", "POST /login", "", fields);
    size_t at = str_find(buf_str(&w.a.fields), STR("Set-Cookie: phone-00005e005321="));
    if (at == STR_NPOS) {
        return NULL;
    }
    (void)snprintf(cookie, sizeof cookie, "Cookie: phone-00005e005321=%.32s\r\n",
                   w.a.fields.p + at + 31);
    return cookie;
}

static inline void is_action(enum screen_do what, const char *of)
{
    char got[PANEL_TEXT + 1];
    assert_int_equal(w.a.action.what, what);
    (void)snprintf(got, sizeof got, "%.*s", STR_ARG(w.a.action.text));
    assert_string_equal(got, of);
}

#endif

/* Inside the module. */
#ifndef FLOW_PANEL_INSIDE_H
#define FLOW_PANEL_INSIDE_H

#include "flow/panel/panel.h"

enum { TOKEN_HEX = 2 * PANEL_SESSION };

/* One request while it is answered. */
struct visit {
    struct panel *panel;
    const struct panel_facts *f;
    const struct panel_request *r;
    struct panel_answer *a;
    struct sink out;             /* a->body */
    struct str path, query;      /* without xuser and xpassword */
    struct str xuser, xpassword; /* raw */
    enum panel_role role;
    const struct panel_session *session; /* NULL: none */
    bool stale;                          /* the Digest answer was right but for its nonce */
    bool guessed;                        /* credentials came and were wrong */
    usec_t wait;                         /* until the peer may try again; 0: now */
};

/* -- who.c: sessions, tokens, wrong passwords */
void who_find(struct visit *v);
bool who_password(const struct visit *v, enum panel_role role, struct str password);
bool who_has_password(const struct visit *v, enum panel_role role);
/* Makes a session and its cookie. */
void who_log_in(struct visit *v, enum panel_role role);
void who_log_out(struct visit *v);
usec_t who_waits(const struct visit *v);
void who_retry_after(const struct visit *v); /* the head's line for v->wait */
void who_guessed_wrong(struct visit *v);
/* What a form of this visitor carries. */
bool who_token(const struct visit *v, char ret_hex[TOKEN_HEX]);
bool who_token_is(const struct visit *v, struct str token);
bool same_bytes(const void *a, const void *b, size_t n);
/* Of the panel's secret; false: the library refuses, and then nobody gets in. */
bool hmac_of(const struct panel *p, const struct str *parts, size_t n, uint8_t ret[HMAC_MOST]);
void hex_of(const uint8_t *bytes, size_t n, char *ret_hex);

/* -- who_digest.c */
/* The role that Authorization proves; PANEL_NOBODY. */
enum panel_role digest_role(struct visit *v);
void digest_challenge(const struct visit *v);

/* The first field of a query or form of that name, decoded into `room`. False: none, one before it is damaged, or it is longer. */
bool form_field(struct str form, const char *name, char *room, size_t cap, struct str *ret);

/* -- page.c: the frame of pages */
void page_begin(struct visit *v, const char *title, const char *here);
void page_end(struct visit *v);
void page_h2(struct visit *v, const char *title);
void page_text(struct visit *v, struct str text); /* escaped */
void page_token(struct visit *v);                 /* of a form */
void page_refuse(struct visit *v, unsigned status, const char *title, const char *text);
void page_go(struct visit *v, const char *where); /* 303 */
/* The line above a page that "?done=NAME" asks for; only names that are known show one. */
void page_done(struct visit *v);

/* -- walk.c: the state of the phone, as pairs in sections; for a page and for XML */
struct walk {
    struct sink *out;
    bool xml;
    const char *section; /* open */
};
void panel_walk_status(struct walk *w, const struct panel_facts *f);
void panel_walk_downloads(struct walk *w, const struct panel_facts *f);
void panel_walk_end(struct walk *w);
void put_stamp(usec_t date, struct sink *out); /* "08/13/14 06:12:38" */

/* -- pages */
void on_status(struct visit *v);
void on_debug(struct visit *v);
void on_downloads(struct visit *v);
void on_voice(struct visit *v);
void on_screen(struct visit *v);
void on_admin(struct visit *v);
void on_login(struct visit *v);
void on_style(struct visit *v);
void on_log(struct visit *v);
void on_report_file(struct visit *v);
void on_status_xml(struct visit *v);
void on_cfg_xml(struct visit *v);

/* -- act.c: what makes the phone do something */
void on_report(struct visit *v);
void on_press(struct visit *v);
void on_log_in(struct visit *v);
void on_log_out(struct visit *v);
void on_do(struct visit *v);
void on_resync(struct visit *v);
void on_upgrade(struct visit *v);
void on_reboot(struct visit *v);
void on_factory_reset(struct visit *v);
void act(struct visit *v, enum screen_do what, struct str text);

#endif

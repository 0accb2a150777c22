/* Between the files of this module. */
#ifndef APP_FACE_INSIDE_H
#define APP_FACE_INSIDE_H

#include "app/face/face.h"
#include "app/web/web.h"
#include "flow/panel/panel.h"
#include "io/out/out.h"

enum { FACE_PATH = 512, FACE_NAME = 128, FACE_FILES = 16, FACE_TEXT = 256 };

struct face_file {
    char name[FACE_NAME];
    usec_t date;
    uint64_t len;
};

/* What panel and screen are shown, put together for one look. */
struct face_facts {
    struct screen_facts seen;
    struct panel_facts panel;
    struct screen_line line[HANDSET_LINES];
    struct screen_call call[HANDSET_LINES];
    struct face_file log_file[FACE_FILES], report_file[FACE_FILES];
    struct panel_file log[FACE_FILES];
    struct screen_report report[FACE_FILES];
};

struct face_keys; /* keys.c */

struct face {
    struct loop *loop;
    struct desk *desk;
    struct face_cfg cfg;
    struct screen screen;
    struct panel panel;
    struct face_facts facts;
    struct addr dhcp_server;
    usec_t up_since; /* USEC_NONE: it is off */
    struct {
        enum agent_call_state state;
        usec_t since;
    } call[HANDSET_LINES]; /* AGENT_ENDED: none */
    uint8_t stage[STAGES]; /* enum stage_state */
    enum stage doing;
    char report_name[FACE_NAME], report_text[FACE_TEXT];
    bool report_made, report_failed, uploading; /* uploading: the transfer at hand is a report's */
    char upload[FACE_NAME];                     /* how the last one went; empty: there was none */
    const char *notice;
    const char *password[2]; /* of the pool: another one ends all sessions */
    /* pages.c */
    struct web *web;
    struct tls_server *tls;
    struct endpoint at;
    /* keys.c */
    struct face_keys *keys; /* owned; NULL: no screen */
};

/* facts.c: brings f->facts up to date. `files`: the folder is looked through as well. */
void face_look(struct face *f, bool files);
/* act.c */
void face_act(struct face *f, const struct screen_action *a);
/* pages.c: false after telling. */
bool pages_open(struct face *f);
void pages_close(struct face *f);
/* keys.c: false after telling. */
bool keys_open(struct face *f);
void keys_close(struct face *f);
/* Something may look otherwise now. */
void keys_changed(struct face *f);

#endif

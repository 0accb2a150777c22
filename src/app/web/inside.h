/* Inside the module: what a connection is made of. */
#ifndef APP_WEB_INSIDE_H
#define APP_WEB_INSIDE_H

#include "app/web/web.h"
#include "base/wheel.h"
#include "flow/httpd/httpd_write.h"

enum {
    WEB_LISTENERS = 16,
    WEB_COPY_MOST =
        64 * 1024, /* bytes of a body that go to io/stream at once; longer ones as they are taken */
    WEB_PIPE_MOST =
        128 * 1024,            /* bytes of answers that wait before the next request is looked at */
    WEB_PART = 64 * 1024,      /* of a long body */
    WEB_HEAD_ROOM = 16 * 1024, /* of an answer */
};

enum web_wants { WEB_NOTHING, WEB_GATHERS, WEB_PIECES };

struct web_exchange {
    struct http_head *head; /* the web's while its bytes are at hand, then `kept` */
    void *kept;
    struct str path, query;
    void *mine;
    struct buf gathered;
    struct str whole; /* the body, where it came in one piece */
    uint32_t nth;
    uint8_t wants; /* enum web_wants */
    bool asked;    /* the handler has it, and has not answered */
    bool open;     /* its answer is open */
    bool chunked;  /* the open answer's framing */
    bool full;     /* a push was refused */
    bool paused;
};

/* A long body on its way out. */
struct web_source {
    struct str bytes; /* what is left; of a file: nothing */
    int fd;           /* -1: bytes */
    uint64_t at, left;
    void (*release)(void *owner);
    void *owner;
};

struct web_port {
    struct web *web;
    const struct web_handler *on;
    void *ctx;
};

struct web_conn {
    struct wheel_entry entry; /* first: the wheel gives it back */
    struct web_port *port;
    struct stream *stream;
    struct web_conn *next, **prev; /* all of the web */
    struct web_conn *next_again;
    void *connection; /* the handler's */
    struct httpd httpd;
    struct web_exchange x;
    struct web_source source;
    bool sending; /* the source */
    bool busy;    /* in web_take */
    bool held;    /* stream_hold */
    bool again;   /* in the web's list */
    bool ended;
};

struct web {
    struct loop *loop;
    struct loop_turn turn;
    struct loop_timer *timer;
    struct stream_server *streams;
    struct web_limits limits;
    struct httpd_limits httpd;
    struct wheel wheel;
    struct web_port port[WEB_LISTENERS];
    size_t n_ports;
    struct web_conn *conns, *again;
    struct web_counts counts;
    bool draining;
    usec_t date_at; /* the second that `date` tells */
    struct str date;
    char date_room[HTTPD_DATE];
    struct http_head head; /* of the request that is read */
    char *path_room;       /* limits.head_most bytes */
    char *room;            /* WEB_PART bytes */
};

static inline struct web_conn *web_conn_of(const struct web_exchange *x)
{
    return (struct web_conn *)((uintptr_t)x - offsetof(struct web_conn, x));
}

/* web_take.c: requests out of bytes. */
size_t web_take(struct web_conn *c, struct str bytes);
/* Takes on, in the next turn, although no byte came. */
void web_take_again(struct web_conn *c);
void web_deadline(struct web_conn *c);
void web_on_time(struct web_conn *c);
/* What the handler was told of the request is void: says so. */
void web_give_up(struct web_conn *c);
/* Frees what the exchange holds. */
void web_exchange_clear(struct web_exchange *x);

/* web_answer.c: answers. */
/* One that is not the handler's doing. */
void web_refuse_conn(struct web_conn *c, unsigned status, const char *why);
void web_drained(struct web_conn *c);
void web_source_clear(struct web_conn *c);
/* Nothing more is read or written but what waits. */
void web_end(struct web_conn *c);

#endif

/* Readers of events, and the last events for who comes back. */
#include "app/hub/events.h"

#include <stdio.h>
#include <stdlib.h>

#include "app/hub/handlers.h"

#define BEAT (15 * USEC_S)
#define LIFE (300 * USEC_S)

static const char lost[] = "event: reset\ndata: {}\n\n";

void events_init(struct events *e, uint64_t epoch)
{
    *e = (struct events){.epoch = epoch};
}

void events_clear(struct events *e)
{
    for (size_t i = 0; i < EVENTS_KEPT; i++) {
        free(e->kept[i].text);
        e->kept[i].text = NULL;
    }
}

/* -- to all */

static void push_to(struct hub *h, struct events_reader *r, struct str text)
{
    struct web_exchange *x = r->there && !r->behind ? web_find(h->web, r->id) : NULL;
    if (x && !web_push(x, text)) {
        r->behind = true;
    }
}

void events_push(struct hub *h, const char *name, struct str json)
{
    struct events *e = &h->events;
    struct buf b = {.limit = EVENT_MOST};
    struct sink s = buf_sink(&b);
    unsigned long long id = e->last + 1;
    sink_fmt(&s, "id: %llx-%llu\nevent: %s\ndata: ", (unsigned long long)e->epoch, id, name);
    sink_str(&s, json);
    sink_z(&s, "\n\n");
    if (s.err != ERR_OK) {
        buf_clear(&b);
        return;
    }
    struct event *to = &e->kept[++e->last % EVENTS_KEPT];
    free(to->text);
    *to = (struct event){.id = e->last, .text = b.p, .len = b.len};
    atomic_fetch_add(&h->count.events, 1);
    for (size_t i = 0; i < EVENTS_READERS; i++) {
        push_to(h, &e->reader[i], str_of(to->text, to->len));
    }
}

static void push_device(struct hub *h, int64_t id, bool gone)
{
    char text[80];
    (void)snprintf(text, sizeof text, "{\"id\":\"%lld\"%s}", (long long)id,
                   gone ? ",\"gone\":true" : "");
    events_push(h, "device.changed", str_z(text));
}

void events_device(struct hub *h, int64_t id)
{
    push_device(h, id, false);
}

void events_device_gone(struct hub *h, int64_t id)
{
    push_device(h, id, true);
}

void events_reset(struct hub *h)
{
    events_push(h, "reset", STR("{}"));
}

/* -- one reader */

/* Events behind the one that it saw last; those that are not kept any more are lost. */
static void catch_up(struct hub *h, struct events_reader *r, struct str last)
{
    struct events *e = &h->events;
    struct str epoch = str_cut(&last, '-');
    uint64_t run = 0, seen = 0;
    if (epoch.len == 0) {
        return;
    }
    if (!str_hex64(epoch, &run) || !str_u64(last, &seen) || run != e->epoch || seen > e->last ||
        e->last - seen > EVENTS_KEPT - 1) {
        push_to(h, r, str_z(lost));
        return;
    }
    for (uint64_t i = seen + 1; i <= e->last; i++) {
        const struct event *one = &e->kept[i % EVENTS_KEPT];
        push_to(h, r, str_of(one->text, one->len));
    }
}

static struct events_reader *free_reader(struct events *e)
{
    for (size_t i = 0; i < EVENTS_READERS; i++) {
        if (!e->reader[i].there) {
            return &e->reader[i];
        }
    }
    return NULL;
}

void events_get(struct call *c)
{
    static const struct web_answer head = {
        .status = 200,
        .type = "text/event-stream",
        .fields = STR_INIT("Cache-Control: no-store\r\nX-Accel-Buffering: no\r\n")};
    static const char *const known[] = {NULL};
    struct hub *h = c->hub;
    struct events_reader *r = free_reader(&h->events);
    if (!call_known(c, known)) {
        return;
    }
    if (str_eq(web_head(c->x)->method, STR("HEAD"))) {
        c->type = head.type;
        call_done(c, 200);
        return;
    }
    if (!r) {
        call_later(c, "busy", 30, "too many pages read events");
        return;
    }
    *r = (struct events_reader){.id = c->id, .there = true, .until = loop_now(h->loop) + LIFE};
    h->events.n++;
    struct str last = arena_str(&c->arena, http_value(web_head(c->x), HTTP_LAST_EVENT_ID));
    web_open(c->x, &head);
    push_to(h, r, STR("retry: 2000\n\n"));
    catch_up(h, r, last);
}

static struct events_reader *reader_of(struct hub *h, const struct call *c)
{
    for (size_t i = 0; i < EVENTS_READERS; i++) {
        struct events_reader *r = &h->events.reader[i];
        if (r->there && r->id.slot == c->id.slot && r->id.serial == c->id.serial &&
            r->id.nth == c->id.nth) {
            return r;
        }
    }
    return NULL;
}

void events_room(struct hub *h, struct call *c)
{
    struct events_reader *r = reader_of(h, c);
    if (r && r->behind) {
        r->behind = false;
        push_to(h, r, str_z(lost));
    }
}

void events_gone(struct hub *h, struct call *c)
{
    struct events_reader *r = reader_of(h, c);
    if (r) {
        r->there = false;
        h->events.n--;
    }
}

static void end(struct hub *h, struct events_reader *r)
{
    struct web_exchange *x = web_find(h->web, r->id);
    r->there = false;
    h->events.n--;
    if (x) {
        struct call *c = web_mine(x);
        web_close(x);
        call_end(c);
    }
}

/* A reader is ended now and then: it comes back by itself, and shows anew that it may read. */
void events_on_time(struct hub *h)
{
    struct events *e = &h->events;
    usec_t now = loop_now(h->loop);
    bool beat = now >= e->beat;
    for (size_t i = 0; i < EVENTS_READERS; i++) {
        if (e->reader[i].there && now >= e->reader[i].until) {
            end(h, &e->reader[i]);
        } else if (e->reader[i].there && beat) {
            push_to(h, &e->reader[i], STR(": here\n\n"));
        }
    }
    if (beat) {
        e->beat = now + BEAT;
    }
}

void events_end(struct hub *h)
{
    for (size_t i = 0; i < EVENTS_READERS; i++) {
        if (h->events.reader[i].there) {
            end(h, &h->events.reader[i]);
        }
    }
}

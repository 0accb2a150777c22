/* Who changed what, and what the servers wrote down. */
#include "app/hub/handlers.h"
#include "domain/fact/fact.h"
#include "io/inventory/audit.h"
#include "io/store/store.h"

enum { JOURNAL_SCAN = 50000 }; /* rows: some 10 ms */

/* What the inventory wrote as JSON goes on as it is. */
static void json_raw(struct json *j, const char *key, struct str s)
{
    json_key(j, key);
    if (s.len == 0) {
        json_null(j);
        return;
    }
    sink_str(j->out, s);
    j->keyed = false;
}

static void write_audit(struct json *j, const struct audit_row *r)
{
    json_open(j, '{');
    json_id(j, "id", r->id);
    json_time(j, "at", r->at);
    json_text(j, "who", r->who);
    json_text(j, "source", r->source);
    json_text(j, "action", r->action);
    json_text(j, "object", r->object);
    json_id(j, "object_id", r->object_id);
    json_text(j, "name", r->name);
    json_raw(j, "before", r->before);
    json_raw(j, "after", r->after);
    json_close(j, '}');
}

void audit_list(struct call *c)
{
    static const char *const known[] = {"object", "object_id", "who", "since", "until", NULL};
    struct audit_query q = {0};
    struct audit_row *r = NULL;
    struct str next;
    size_t n = 0;
    if (!call_known(c, known) || !call_page(c, &q.page) || !call_text(c, "object", 64, &q.object) ||
        !call_text(c, "who", 80, &q.who) || !call_query_id(c, "object_id", &q.object_id) ||
        !call_time(c, "since", &q.from) || !call_time(c, "until", &q.until)) {
        return;
    }
    if (inventory_audit(c->hub->inv, &q, &c->arena, &r, &n, &next, &c->why) != ERR_OK) {
        call_why(c);
        return;
    }
    json_items(call_json(c));
    for (size_t i = 0; i < n; i++) {
        write_audit(call_json(c), &r[i]);
    }
    json_next(call_json(c), next);
    call_done(c, 200);
}

void journal_list(struct call *c)
{
    static const char *const known[] = {"subject", "kind", "since", NULL};
    struct journal_query q = {.scan = JOURNAL_SCAN};
    struct page page;
    struct str kind;
    struct mac mac;
    char text[MAC_TEXT];
    if (!call_known(c, known) || !call_page(c, &page) || !call_query_id(c, "cursor", &q.before) ||
        !call_text(c, "subject", 128, &q.subject) || !call_text(c, "kind", 64, &kind) ||
        !call_time(c, "since", &q.from)) {
        return;
    }
    q.kind = (int)fact_kind_read(kind);
    if (kind.len && q.kind == FACT_NO_KIND) {
        call_refuse(c, "bad-field", "kind", "there is no such kind of fact");
        return;
    }
    if (mac_read(q.subject, &mac)) {
        mac_write(mac, text);
        q.subject = str_z(text);
    }
    q.most = page.limit;
    if (status_journal(c->hub->status, &q, &c->sink) != ERR_OK) {
        call_later(c, "storage", 5, "the journal cannot be read");
        return;
    }
    call_done(c, 200);
}

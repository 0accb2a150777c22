/* What the phone's log says of all this, in its own words: lines of share/lines (srv.*). */
#include <stdio.h>

#include "flow/select/inside.h"

enum { WORD = 32 };

static void say(const struct select *s, const char *text, const struct str *values, size_t n,
                usec_t now)
{
    s->cfg->line(s->scribe, "voice", text, values, n, now);
}

static bool is_heard(const struct select *s)
{
    return s->scribe && s->cfg->line;
}

static struct str decimal(char room[STR_NUMBER], unsigned n)
{
    return str_number(room, n);
}

/* An address in memory, which is none. */
static struct str hex(char room[WORD], const char *prefix, unsigned n)
{
    int len = snprintf(room, WORD, "%s%x", prefix, n);
    return str_of(room, len > 0 ? (size_t)len : 0);
}

void select_tell_start(struct select *s, usec_t now)
{
    const struct select_resolve *r = s->resolve;
    char port[STR_NUMBER], context[WORD];
    if (!is_heard(s)) {
        return;
    }
    const struct str first = r->n_hosts ? r->host[0].name : r->proxy;
    const struct str where[] = {first, decimal(port, r->port)};
    const struct str at[] = {hex(context, "0x", r->context)};
    const struct str none[] = {STR("0")};
    say(s, "[SIP_resolveHostName] host={host} port={port}", where, 2, now);
    say(s, "RSE_DEBUG: rse_unref context: {text}", at, 1, now);
    say(s, "RSE_DEBUG: rse_unref ref_cnt:{count}", none, 1, now);
}

void select_tell_lookup(struct select *s, struct str name, bool srv, usec_t now)
{
    const struct select_resolve *r = s->resolve;
    char port[STR_NUMBER], index[STR_NUMBER], transport[STR_NUMBER];
    if (!is_heard(s)) {
        return;
    }
    unsigned t = srv ? r->owner[r->at_owner].transport : r->host[0].transport;
    const struct str type = srv ? STR("1") : STR("0");
    const struct str nth = decimal(index, r->at_owner);
    const struct str get[] = {
        name, type, decimal(port, r->port), STR("0"), s->list ? STR("0") : STR("1"), STR("0")};
    const struct str refresh[] = {name, type};
    const struct str record[] = {nth, name, decimal(transport, t), type, STR("0")};
    say(s,
        "RSE_DEBUG: rse_get_server_addr, name: {host} type {code} port {port} rse_index {index} "
        "first:{count} fallback {retry}",
        get, 6, now);
    say(s, "RSE_DEBUG: rse_refresh_addr_list target:{host}, rse_type:{code}", refresh, 2, now);
    say(s, "RSE_DEBUG: RR[{index}], name:{host} tranport:{code} type:{count} status:{status}",
        record, 5, now);
}

static bool seen_before(const struct select_resolve *r, unsigned from, unsigned i)
{
    for (unsigned k = from; k < i; k++) {
        if (r->host[k].priority == r->host[i].priority) {
            return true;
        }
    }
    return false;
}

/* Priorities are hexadecimal there. */
void select_tell_groups(struct select *s, struct str owner, unsigned from, usec_t now)
{
    const struct select_resolve *r = s->resolve;
    if (!is_heard(s) || from == r->n_hosts) {
        return;
    }
    say(s, "RSE_DEBUG: getting SRV:{host}", &owner, 1, now);
    for (unsigned i = from; i < r->n_hosts; i++) {
        char priority[WORD];
        const struct str group[] = {seen_before(r, from, i) ? STR("old") : STR("new"),
                                    hex(priority, "", r->host[i].priority), r->host[i].name};
        say(s, "RSE_DEBUG: {state} priority:{priority} by host: {host}", group, 3, now);
    }
}

void select_tell_refreshing(struct select *s, const struct host *h, usec_t now)
{
    char index[STR_NUMBER];
    if (is_heard(s)) {
        const struct str values[] = {decimal(index, h->index), h->name};
        say(s, "RSE_DEBUG: Refreshing host[{index}]:{host}", values, 2, now);
    }
}

/* An entry: known from the list before, or made when the list was; the log has the same words for both. */
static void entry(const struct select *s, const struct entry *e, unsigned nth, usec_t now)
{
    char mark[WORD], at[ADDR_TEXT], port[STR_NUMBER], rest[2 * WORD];
    unsigned age = (unsigned)(now / USEC_S - e->since);
    unsigned life = s->cfg->fallback > age ? s->cfg->fallback - age : 0;
    int len = snprintf(rest, sizeof rest, "-1, sttl: -1, cttl:%u", life);
    const struct str values[] = {hex(mark, "", s->resolve->context + 0x140 + nth * 0x58),
                                 addr_write(e->at.ip, at), decimal(port, e->at.port),
                                 e->up ? STR("up") : STR("down"),
                                 str_of(rest, len > 0 ? (size_t)len : 0)};
    say(s,
        "RSE_DEBUG: Found one old entry<{hex}> [{address}]:{port} with status:{state}, ttl: {text}",
        values, 5, now);
}

void select_tell_refreshed(struct select *s, const struct host *h, usec_t now)
{
    const struct select_resolve *r = s->resolve;
    char result[WORD];
    if (!is_heard(s)) {
        return;
    }
    say(s, "RSE_DEBUG: Refresh host:{host} finished", &h->name, 1, now);
    if (!r->four && !r->six) {
        return;
    }
    const struct str save[] = {hex(result, "0x", r->context + 0x20), STR("2")};
    say(s, "RSE_DEBUG: rse_save_addr_list res = {state} af = {code}", save, 2, now);
    if (r->six && !s->cfg->ip6) {
        say(s, "RSE_DEBUG: skip AF_INET6 addr", NULL, 0, now);
    }
    for (unsigned i = r->first; i < r->n; i++) {
        struct entry e = r->entry[i];
        select_entry_inherit(s->list, &e);
        entry(s, &e, i, now);
    }
}

/* Putting IP fragments together. */
#include "flow/stream/fragment.h"

enum { UNIT = 8, UNITS = (FRAGMENT_BYTES_MOST + UNIT) / UNIT };

struct fragment_packet {
    bool used;
    uint8_t version;
    uint8_t proto;
    bool has_first; /* `proto` is that of the fragment with the first byte */
    uint8_t src[16], dst[16];
    uint32_t id;
    uint32_t whole; /* bytes of the packet; 0: not known yet */
    uint32_t end;   /* behind the last byte that came */
    uint32_t units; /* set in `map` */
    usec_t time;
    uint64_t round;
    uint64_t map[(UNITS + 63) / 64]; /* which units came */
    char data[FRAGMENT_BYTES_MOST + 1];
};

static size_t addr_len(const struct packet *p)
{
    return p->version == 4 ? 4 : 16;
}

static bool same(const struct fragment_packet *e, const struct packet *p)
{
    size_t n = addr_len(p);
    return e->used && e->version == p->version && e->id == p->id &&
           (p->version == 6 || e->proto == p->proto) && memcmp(e->src, p->src, n) == 0 &&
           memcmp(e->dst, p->dst, n) == 0;
}

static void give_up(struct fragments *f, struct fragment_packet *e)
{
    e->used = false;
    f->incomplete++;
}

static bool too_old(const struct fragment_packet *e, usec_t now)
{
    return now != USEC_NONE && e->time != USEC_NONE &&
           (now - e->time > FRAGMENT_SECONDS * USEC_S || e->time - now > FRAGMENT_SECONDS * USEC_S);
}

static struct fragment_packet *find(struct fragments *f, const struct packet *p, usec_t now)
{
    for (int i = 0; i < FRAGMENT_PACKETS_MOST; i++) {
        struct fragment_packet *e = f->packets[i];
        if (!e || !same(e, p)) {
            continue;
        }
        if (!too_old(e, now)) {
            return e;
        }
        give_up(f, e);
    }
    return NULL;
}

/* A place for a packet: a free one, or that of the oldest. NULL without memory. */
static struct fragment_packet *place(struct fragments *f, struct budget *b)
{
    struct fragment_packet *oldest = NULL;
    for (int i = 0; i < FRAGMENT_PACKETS_MOST; i++) {
        struct fragment_packet *e = f->packets[i];
        if (!e) {
            e = budget_take(b, sizeof *e);
            f->packets[i] = e;
            if (e) {
                return e;
            }
            break;
        }
        if (!e->used) {
            return e;
        }
        oldest = !oldest || e->round < oldest->round ? e : oldest;
    }
    if (oldest) {
        give_up(f, oldest);
    }
    return oldest;
}

static struct fragment_packet *begin(struct fragments *f, struct budget *b, const struct packet *p,
                                     usec_t now)
{
    struct fragment_packet *e = place(f, b);
    if (!e) {
        return NULL;
    }
    memset(e, 0, offsetof(struct fragment_packet, data));
    e->used = true;
    e->version = p->version;
    e->proto = p->proto;
    e->id = p->id;
    e->time = now;
    e->round = f->round;
    memcpy(e->src, p->src, addr_len(p));
    memcpy(e->dst, p->dst, addr_len(p));
    return e;
}

/* Copies the units that did not come yet. */
static void fill(struct fragment_packet *e, const struct packet *p)
{
    size_t left = p->payload.len;
    const char *from = p->payload.p;
    for (uint32_t unit = p->at / UNIT; left; unit++) {
        size_t n = left < UNIT ? left : UNIT;
        uint64_t bit = (uint64_t)1 << (unit % 64);
        bool last = !p->more && n == left;
        if (n < UNIT && !last) { /* cut short by the capture */
            return;
        }
        if (!(e->map[unit / 64] & bit)) {
            memcpy(e->data + (size_t)unit * UNIT, from, n);
            e->map[unit / 64] |= bit;
            e->units++;
        }
        from += n;
        left -= n;
    }
}

/* Whether a fragment can belong to the packet: in its bounds, a whole number of units. */
static bool fits(const struct fragment_packet *e, const struct packet *p)
{
    uint32_t end = p->at + p->len;
    if (p->len == 0 || p->len > FRAGMENT_BYTES_MOST || end > FRAGMENT_BYTES_MOST) {
        return false;
    }
    if (p->more) {
        return p->len % UNIT == 0 && (e->whole == 0 || end <= e->whole);
    }
    return p->payload.len == p->len && end >= e->end && (e->whole == 0 || e->whole == end);
}

bool fragments_on(struct fragments *f, struct budget *b, struct packet *p, usec_t now)
{
    f->round++;
    struct fragment_packet *e = find(f, p, now);
    if (!e) {
        e = begin(f, b, p, now);
    }
    if (!e || !fits(e, p)) {
        return false;
    }
    if (p->at == 0 && !e->has_first) {
        e->proto = p->proto;
        e->has_first = true;
    }
    uint32_t end = p->at + p->len;
    e->end = end > e->end ? end : e->end;
    e->whole = p->more ? e->whole : end;
    fill(e, p);
    if (e->whole == 0 || e->units != (e->whole + UNIT - 1) / UNIT) {
        return false;
    }
    e->used = false;
    p->fragment = false;
    p->more = false;
    p->at = 0;
    p->proto = e->proto;
    p->payload = str_of(e->data, e->whole);
    p->len = e->whole;
    return true;
}

void fragments_clear(struct fragments *f, struct budget *b)
{
    for (int i = 0; i < FRAGMENT_PACKETS_MOST; i++) {
        struct fragment_packet *e = f->packets[i];
        if (e) {
            f->incomplete += e->used;
            budget_give(b, e, sizeof *e);
            f->packets[i] = NULL;
        }
    }
}

/* Feeding a capture file in pieces, and classic pcap (draft-ietf-opsawg-pcap 4 and 5). */
#include "proto/pcap/pcap.h"

#include <stdlib.h>

#include "proto/pcap/inside.h"

#define MAGIC_MICRO 0xA1B2C3D4U
#define MAGIC_NANO 0xA1B23C4DU
#define MAGIC_LONG 0xA1B2CD34U /* the record header has 8 bytes more; of no standard */
#define MAGIC_NG 0x0A0D0D0AU   /* reads the same in both orders */

void pcap_init(struct pcap *p, struct pcap_visitor v)
{
    *p = (struct pcap){.v = v, .last_time = USEC_NONE};
}

void pcap_clear(struct pcap *p)
{
    free(p->carry);
    free(p->interfaces);
    p->carry = NULL;
    p->interfaces = NULL;
}

void pcap_problem(struct pcap *p, uint64_t offset, const char *what)
{
    if (p->v.problem) {
        p->v.problem(p->v.ctx, offset, what);
    }
}

void pcap_lose(struct pcap *p, const char *what)
{
    pcap_problem(p, p->offset, what);
    p->lost = true;
}

size_t pcap_more(struct pcap *p, size_t need)
{
    p->need = need;
    return 0;
}

static enum pcap_form form_of(uint32_t magic)
{
    switch (magic) {
    case MAGIC_MICRO:
        return PCAP_MICRO;
    case MAGIC_NANO:
        return PCAP_NANO;
    case MAGIC_LONG:
        return PCAP_LONG;
    case MAGIC_NG:
        return PCAP_NG;
    default:
        return PCAP_NO_FORMAT;
    }
}

/* The form, and whether its numbers are little-endian. */
static enum pcap_form form_read(struct str head, bool *ret_swapped)
{
    struct pcap plain = {.swapped = false};
    uint32_t magic = head.len >= 4 ? pcap_u32(&plain, head, 0) : 0;
    enum pcap_form form = form_of(magic);
    *ret_swapped = form == PCAP_NO_FORMAT;
    return form == PCAP_NO_FORMAT ? form_of(__builtin_bswap32(magic)) : form;
}

bool pcap_is(struct str head)
{
    bool swapped;
    return form_read(head, &swapped) != PCAP_NO_FORMAT;
}

bool pcap_open(struct pcap *p, struct str s)
{
    bool swapped;
    enum pcap_form form = form_read(s, &swapped);
    if (s.len < PCAP_FILE_HEADER || form == PCAP_NO_FORMAT || form == PCAP_NG || !p->interfaces) {
        return false;
    }
    struct pcap as = {.swapped = swapped};
    if (pcap_u16(&as, s, 4) != 2) { /* major version */
        return false;
    }
    p->form = (uint8_t)form;
    p->swapped = swapped;
    p->n_interfaces = 1;
    p->interfaces[0] = (struct pcap_interface){.link = pcap_u16(p, s, swapped ? 20 : 22),
                                               .snaplen = pcap_u32(p, s, 16),
                                               .per_sec = form == PCAP_NANO ? 1000000000 : 1000000};
    return true;
}

size_t pcap_step_file(struct pcap *p, struct str s)
{
    bool swapped;
    if (s.len < 4) {
        return pcap_more(p, 4);
    }
    enum pcap_form form = form_read(s, &swapped);
    if (form == PCAP_NG) {
        p->form = PCAP_NG;
        return pcap_step_block(p, s);
    }
    if (form != PCAP_NO_FORMAT && s.len < PCAP_FILE_HEADER) {
        return pcap_more(p, PCAP_FILE_HEADER);
    }
    p->interfaces_cap = 1;
    p->interfaces = malloc(sizeof *p->interfaces);
    if (!pcap_open(p, s)) {
        pcap_problem(p, 0, p->interfaces ? "this is no capture file" : "out of memory");
        p->refused = true;
        return s.len;
    }
    return PCAP_FILE_HEADER;
}

/* The fields of a record header. False: no record of this file begins so. */
static bool record_read(const struct pcap *p, struct str s, struct pcap_frame *ret_f)
{
    uint32_t sec = pcap_u32(p, s, 0);
    uint32_t sub = pcap_u32(p, s, 4);
    uint32_t len = pcap_u32(p, s, 8);
    uint32_t wire = pcap_u32(p, s, 12);
    uint32_t most = p->form == PCAP_NANO ? 1000000000 : 1000000;
    if (len > PCAP_FRAME_MOST || sub >= most || (len | wire) == 0) {
        return false;
    }
    uint32_t us = p->form == PCAP_NANO ? sub / 1000 : sub;
    ret_f->time = (usec_t)sec * USEC_S + us;
    ret_f->len = wire > len ? wire : len;
    ret_f->bytes.len = len;
    return true;
}

static size_t record_header(const struct pcap *p)
{
    return p->form == PCAP_LONG ? PCAP_RECORD_LONG : PCAP_RECORD;
}

size_t pcap_step_record(struct pcap *p, struct str s)
{
    size_t header = record_header(p);
    struct pcap_frame f = {.offset = p->offset, .link = p->interfaces[0].link};
    if (s.len < header) {
        return pcap_more(p, header);
    }
    if (!record_read(p, s, &f)) {
        if (s.len < PCAP_FILE_HEADER) {
            return pcap_more(p, PCAP_FILE_HEADER);
        }
        if (pcap_open(p, s)) { /* one file behind the other */
            return PCAP_FILE_HEADER;
        }
        pcap_lose(p, "the header of a packet is broken");
        return 1;
    }
    size_t whole = header + f.bytes.len;
    if (s.len < whole) {
        return pcap_more(p, whole);
    }
    f.bytes.p = s.p + header;
    f.number = ++p->frames;
    p->last_time = f.time;
    p->v.frame(p->v.ctx, &f);
    return whole;
}

size_t pcap_step(struct pcap *p, struct str s, bool end)
{
    if (p->refused) {
        return s.len;
    }
    if (p->skip) {
        return p->skip < s.len ? (size_t)p->skip : s.len;
    }
    if (p->lost) {
        return pcap_seek(p, s, end);
    }
    switch ((enum pcap_form)p->form) {
    case PCAP_NEW:
        return pcap_step_file(p, s);
    case PCAP_MICRO:
    case PCAP_NANO:
    case PCAP_LONG:
        return pcap_step_record(p, s);
    case PCAP_NG:
        return pcap_step_block(p, s);
    case PCAP_NO_FORMAT:
        break;
    }
    return s.len;
}

/* One step, and where it led. */
static size_t advance(struct pcap *p, struct str s, bool end)
{
    bool skipping = p->skip != 0;
    size_t done = pcap_step(p, s, end);
    if (skipping) {
        p->skip -= done;
    }
    p->offset += done;
    return done;
}

static bool carry_reserve(struct pcap *p, size_t need)
{
    if (need <= p->carry_cap) {
        return true;
    }
    size_t cap = need < 4096 ? 4096 : need * 2;
    char *more = realloc(p->carry, cap);
    if (!more) {
        pcap_problem(p, p->offset, "out of memory");
        p->refused = true;
        return false;
    }
    p->carry = more;
    p->carry_cap = cap;
    return true;
}

static void carry_drop(struct pcap *p, size_t n)
{
    p->carried -= n;
    if (p->carried) {
        memmove(p->carry, p->carry + n, p->carried);
    }
}

/* Finishes what was carried with the head of `bytes`; returns how many of them that took. */
static size_t carried(struct pcap *p, struct str bytes)
{
    size_t taken = 0;
    while (p->carried) {
        size_t lack = p->need > p->carried ? p->need - p->carried : 0;
        /* While lost, many places may be looked at, each with its own need. */
        size_t want = p->lost && lack < PCAP_BLOCK_MOST ? PCAP_BLOCK_MOST : lack;
        size_t take = want < bytes.len - taken ? want : bytes.len - taken;
        if (!carry_reserve(p, p->carried + take)) {
            return bytes.len;
        }
        memcpy(p->carry + p->carried, bytes.p + taken, take);
        p->carried += take;
        taken += take;
        if (p->carried < p->need) {
            break;
        }
        carry_drop(p, advance(p, str_of(p->carry, p->carried), false));
        if (p->carried <= taken) { /* what is left stands in `bytes` too */
            taken -= p->carried;
            p->carried = 0;
        }
    }
    return taken;
}

void pcap_feed(struct pcap *p, struct str bytes)
{
    if (bytes.len == 0 || p->refused) {
        return;
    }
    bytes = str_from(bytes, carried(p, bytes));
    while (bytes.len) {
        size_t done = advance(p, bytes, false);
        if (done == 0) {
            if (carry_reserve(p, bytes.len)) {
                memcpy(p->carry, bytes.p, bytes.len);
                p->carried = bytes.len;
            }
            return;
        }
        bytes = str_from(bytes, done);
    }
}

void pcap_end(struct pcap *p)
{
    while (p->carried && !p->refused) {
        size_t done = advance(p, str_of(p->carry, p->carried), true);
        if (done == 0) {
            pcap_problem(p, p->offset,
                         p->form == PCAP_NEW ? "this is no capture file"
                                             : "the file ends within a packet");
            p->carried = 0;
        } else {
            carry_drop(p, done);
        }
    }
    if (p->skip && !p->refused) {
        pcap_problem(p, p->offset, "the file ends within a packet");
    }
    p->skip = 0;
}

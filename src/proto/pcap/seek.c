/* Behind a broken record: what can be nothing else than the next one. A record of pcap has no mark
 * of its own, so a second one must stand right behind it, or the end of the file; a block of pcapng
 * tells its length twice. */
#include "proto/pcap/inside.h"

enum { TIME_NEAR_DAYS = 7 };

enum verdict {
    VERDICT_NO,
    VERDICT_YES,
    VERDICT_MORE, /* p->need bytes tell */
};

static bool near_time(const struct pcap *p, usec_t time)
{
    usec_t most = TIME_NEAR_DAYS * USEC_DAY;
    return p->last_time == USEC_NONE || (time - p->last_time < most && p->last_time - time < most);
}

/* A record header that is likelier than chance: short, and of about the same time. */
static bool likely(const struct pcap *p, struct str s, size_t *ret_whole)
{
    uint32_t len = pcap_u32(p, s, 8);
    uint32_t wire = pcap_u32(p, s, 12);
    uint32_t most = p->form == PCAP_NANO ? 1000000000 : 1000000;
    *ret_whole = len + (size_t)(p->form == PCAP_LONG ? PCAP_RECORD_LONG : PCAP_RECORD);
    return len && len <= wire && wire <= PCAP_FRAME_MOST && pcap_u32(p, s, 4) < most &&
           near_time(p, (usec_t)pcap_u32(p, s, 0) * USEC_S);
}

static enum verdict try_record(struct pcap *p, struct str s, bool end)
{
    size_t whole;
    size_t next;
    if (s.len < PCAP_RECORD_LONG) {
        p->need = PCAP_RECORD_LONG;
        return VERDICT_MORE;
    }
    if (!likely(p, s, &whole)) {
        return VERDICT_NO;
    }
    if (s.len < whole + PCAP_RECORD && !end) {
        p->need = whole + PCAP_RECORD;
        return VERDICT_MORE;
    }
    if (s.len < whole + PCAP_RECORD) {
        return s.len == whole ? VERDICT_YES : VERDICT_NO;
    }
    return likely(p, str_from(s, whole), &next) ? VERDICT_YES : VERDICT_NO;
}

/* Types of blocks that are common: 1 to 6 and 10. */
static bool known_type(uint32_t type)
{
    return (type >= 1 && type <= 6) || type == 10;
}

static enum verdict try_block(struct pcap *p, struct str s)
{
    struct pcap as = *p;
    if (s.len < 12) {
        p->need = 12;
        return VERDICT_MORE;
    }
    uint32_t type = pcap_u32(p, s, 0);
    if (type == 0x0A0D0D0A) {
        as.swapped = (uint8_t)s.p[8] == 0x4D;
        if (pcap_u32(&as, s, 8) != 0x1A2B3C4D) {
            return VERDICT_NO;
        }
    } else if (!known_type(type)) {
        return VERDICT_NO;
    }
    uint32_t len = pcap_u32(&as, s, 4);
    if (len < 12 || len % 4 || len > PCAP_BLOCK_MOST) {
        return VERDICT_NO;
    }
    if (s.len < len) {
        p->need = len;
        return VERDICT_MORE;
    }
    return pcap_u32(&as, s, len - 4) == len ? VERDICT_YES : VERDICT_NO;
}

size_t pcap_seek(struct pcap *p, struct str s, bool end)
{
    for (size_t at = 0; at < s.len; at++) {
        struct str here = str_from(s, at);
        enum verdict v = p->form == PCAP_NG ? try_block(p, here) : try_record(p, here, end);
        if (v == VERDICT_NO || (v == VERDICT_MORE && end)) {
            continue;
        }
        if (at == 0 && v == VERDICT_YES) {
            p->lost = false;
            return p->form == PCAP_NG ? pcap_step_block(p, here) : pcap_step_record(p, here);
        }
        return at;
    }
    return s.len;
}

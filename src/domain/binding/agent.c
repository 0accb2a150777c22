/* User-Agents: what of one is kept, and each of them once. */
#include "domain/binding/inside.h"

/* Bytes of a MAC address at the start of `s`, twelve digits or six pairs; 0: none. */
static size_t mac_len(struct str s)
{
    size_t i = 0;
    size_t digits = 0;
    char between = s.len > 2 && (s.p[2] == ':' || s.p[2] == '-') ? s.p[2] : '\0';
    while (i < s.len && digits < 12) {
        if (between && digits > 0 && digits % 2 == 0) {
            if (s.p[i++] != between || i == s.len) {
                return 0;
            }
        }
        if (ascii_hex(s.p[i++]) < 0) {
            return 0;
        }
        digits++;
    }
    return digits == 12 && (i == s.len || !ascii_alnum(s.p[i])) ? i : 0;
}

static bool separates(char c)
{
    return c == ' ' || c == '_' || c == '-' || c == '/' || c == '(' || c == ';' || c == ',';
}

struct str binding_agent(struct str user_agent)
{
    struct str kept = str_head(user_agent, BINDING_AGENT_MOST);
    for (size_t i = 0; i < kept.len; i++) {
        if (ascii_hex(kept.p[i]) >= 0 && mac_len(str_from(kept, i))) {
            kept = str_head(kept, i);
            break;
        }
        while (i < kept.len && ascii_alnum(kept.p[i])) { /* to the next word */
            i++;
        }
    }
    while (kept.len && separates(kept.p[kept.len - 1])) {
        kept.len--;
    }
    return kept;
}

/* FNV-1a. Whoever makes agents that fall on one place gains that his are kept with his own bindings. */
static uint32_t place_of(struct str s)
{
    uint32_t h = 0x811c9dc5;
    for (size_t i = 0; i < s.len; i++) {
        h = (h ^ (unsigned char)s.p[i]) * 0x01000193;
    }
    return h ^ h >> 16;
}

uint16_t agents_take(struct agent *agents, struct str kept)
{
    struct agent *room = NULL;
    if (!kept.len) {
        return 0;
    }
    uint32_t place = place_of(kept);
    for (uint32_t i = 0; i < AGENT_TRIES; i++) {
        struct agent *a = &agents[(place + i) % AGENTS];
        if (a->users && str_eq(str_of(a->text, a->len), kept)) {
            room = a;
            break;
        }
        room = !room && !a->users ? a : room;
    }
    if (!room) {
        return 0;
    }
    if (room->users++ == 0) {
        room->len = (uint8_t)kept.len;
        memcpy(room->text, kept.p, kept.len);
    }
    return (uint16_t)(room - agents + 1);
}

void agents_give(struct agent *agents, uint16_t place)
{
    if (place) {
        agents[place - 1].users--;
    }
}

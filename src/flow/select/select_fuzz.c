/* Any list, any answers: everything that is asked comes to an end, and what is picked is one of the list. */
#include <stdlib.h>

#include "flow/select/select.h"

static struct str cut(struct str *rest, size_t most)
{
    size_t n = rest->len ? (unsigned char)rest->p[0] : 0;
    *rest = str_from(*rest, 1);
    struct str s = str_head(*rest, n < most ? n : most);
    *rest = str_from(*rest, s.len);
    return s;
}

static void judge(bool right)
{
    if (!right) {
        abort();
    }
}

static void use(struct select *s, usec_t now)
{
    struct select_server server;
    struct select_entry e;
    unsigned n = 0;
    while (select_entry(s, n, &e)) {
        judge(!addr_unset(e.server.at.ip) && e.server.name.len < SELECT_NAME_MOST);
        n++;
    }
    judge(n <= SELECT_ENTRIES_MOST && (n > 0) == (select_state(s) == SELECT_READY));
    for (unsigned i = 0; select_pick(s, &server); i++) {
        judge(i < 2 * SELECT_ENTRIES_MOST && server.index < n);
        select_down(s, now);
    }
    select_return(s, now + USEC_DAY);
    select_all_up(s);
    judge(select_pick(s, &server) == (n > 0));
    select_good(s);
    (void)select_back(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str rest = str_of((const char *)data, size);
    unsigned flags = size ? data[0] : 0;
    struct select s;
    struct select_question q;
    rest = str_from(rest, 1);
    struct select_cfg cfg = {.transport = (enum select_transport)(flags & 3),
                             .method = (enum select_method)(flags >> 2 & 1),
                             .srv = flags >> 3 & 1,
                             .prefix = flags >> 4 & 1,
                             .ip6 = flags >> 5 & 1,
                             .fallback = flags >> 6 & 1 ? 60 : 0,
                             .servers = cut(&rest, 255)};
    select_init(&s, &cfg, NULL, size);
    enum err e = select_begin(&s, 0);
    for (unsigned i = 0; e == ERR_OK && select_ask(&s, &q); i++) {
        judge(i < 64 && q.name.len > 0 && q.name.len < SELECT_NAME_MOST);
        struct str bytes = cut(&rest, 255);
        select_on_answer(&s, bytes.len ? SELECT_ANSWERED : SELECT_SILENT, bytes, 0);
    }
    if (e == ERR_OK) {
        use(&s, USEC_S);
    }
    select_clear(&s);
    return 0;
}

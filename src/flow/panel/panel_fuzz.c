/* Any request to a phone with passwords: nothing happens without them, no secret leaves, and what is written stays in its lines. The first
 * line is the request's, the next ones are its head up to an empty one, then comes the body. */
#include <stdlib.h>

#include "flow/panel/panel_fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool so)
{
    if (!so) {
        abort();
    }
}

static bool has(const struct buf *b, const char *what)
{
    return str_find(buf_str(b), str_z(what)) != STR_NPOS;
}

/* Header lines: text and CRLF, nothing else. */
static void lines(struct str s)
{
    while (s.len) {
        size_t end = str_find(s, STR("\r\n"));
        must(end != STR_NPOS && end != 0 && !str_has_control(str_head(s, end)));
        s = str_from(s, end + 2);
    }
}

static void ask(struct place *w, struct str in, bool closed)
{
    char line[1024], head[2048];
    struct str rest = in, first = str_cut(&rest, '\n');
    size_t end = str_find(rest, STR("\n\n")), n = 0;
    struct str fields = end == STR_NPOS ? rest : str_head(rest, end);
    struct str body = end == STR_NPOS ? STR("") : str_from(rest, end + 2);
    (void)snprintf(line, sizeof line, "%.*s", STR_ARG(first));
    while (fields.len) {
        struct str one = str_cut(&fields, '\n');
        int took = snprintf(head + n, sizeof head - n, "%.*s\r\n", STR_ARG(one));
        if (took < 0 || (size_t)took >= sizeof head - n) {
            break;
        }
        n += (size_t)took;
    }
    head[n] = '\0';
    if (!place_ask(w, line, head, body)) {
        return;
    }
    must(w->a.status >= 200 && w->a.status < 600);
    must(!has(&w->a.body, "line-secret") && !has(&w->a.body, "admin-secret"));
    must(!has(&w->a.fields, "admin-secret"));
    lines(buf_str(&w->a.fields));
    must(!closed || w->a.action.what == SCREEN_NOTHING || w->a.action.what == SCREEN_REPORT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct place w;
    struct str in = str_of((const char *)data, size < 4096 ? size : 4096);
    must(place_open(&w));
    ask(&w, in, false);
    must(face_set(&w.face, "Admin_Password", "admin-secret"));
    ask(&w, in, true);
    must(face_set(&w.face, "User_Password", "another"));
    ask(&w, in, true);
    place_close(&w);
    return 0;
}

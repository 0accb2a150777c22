/* Any keys, any facts: what is drawn is a grid of letters, and an action comes with what it needs. */
#include <stdlib.h>

#include "flow/screen/screen_fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool so)
{
    if (!so) {
        abort();
    }
}

static void look(const struct screen *s, const struct screen_facts *f)
{
    struct screen_image image;
    struct buf text = {.p = NULL}, html = {.p = NULL};
    struct sink out = buf_sink(&text);
    size_t rows = 0;
    screen_draw(s, f, &image);
    screen_write_text(&image, SCREEN_BOX, &out);
    for (size_t i = 0; i < text.len; i++) {
        must((unsigned char)text.p[i] >= ' ' || text.p[i] == '\n');
        rows += text.p[i] == '\n';
    }
    must(rows == SCREEN_ROWS + 2);
    out = buf_sink(&html);
    screen_write_html(&image, &out);
    must(out.err == ERR_OK && html.len);
    buf_clear(&text);
    buf_clear(&html);
}

static void change(struct face *d, uint8_t what, struct str text)
{
    static const char *const names[] = {"Station_Display_Name",
                                        "User_ID_1_",
                                        "Display_Name_1_",
                                        "Time_Zone",
                                        "Host_Name",
                                        "Short_Name_1_",
                                        "Report_Problem_Menu",
                                        "User_Configurable_Resync"};
    bool changed = false;
    switch (what % 8) {
    case 0:
        d->facts.n_calls = (size_t)(what >> 3) % 3;
        d->call[0] = (struct screen_call){.line = 1, .state = what & 3, .number = text};
        d->call[1] = (struct screen_call){.line = 2, .outgoing = true, .name = text};
        break;
    case 1:
        d->facts.wants_code = what & 16;
        d->facts.dials = what & 8;
        break;
    case 2:
        d->facts.power = (enum screen_power)(what / 8 % 3);
        break;
    case 3:
        d->facts.doing = (enum stage)(what / 8 % (STAGES + 1));
        d->facts.lease = what & 128 ? NULL : &d->lease;
        break;
    case 4:
        d->report[0] = (struct screen_report){.name = text, .date = what, .text = text};
        d->facts.n_reports = what >> 7;
        break;
    case 5:
        phone_resulted(&d->phone, PHONE_PROVISIONING, what & 8, text, text, d->facts.date);
        break;
    case 6:
        d->facts.now += (usec_t)what * 100 * USEC_MS;
        d->facts.date += (usec_t)what * USEC_DAY * 3650;
        break;
    case 7:
        (void)(phone_set(&d->phone, str_z(names[what / 8 % 8]), text, &changed) == ERR_OK);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct face d;
    struct screen s;
    struct str in = str_of((const char *)data, size < 2048 ? size : 2048);
    must(face_open(&d));
    screen_init(&s);
    while (in.len) {
        uint8_t c = (uint8_t)in.p[0];
        struct screen_action a;
        in = str_from(in, 1);
        if (c < 0xc0) {
            screen_on_key(&s, (enum screen_key)(c % SCREEN_KEYS), &d.facts, &a);
            must(a.text.len <= SCREEN_TEXT && s.depth < SCREEN_DEPTH);
            must(a.what != SCREEN_REPORT || a.text.len);
            must(a.what != SCREEN_ANSWER || d.facts.n_calls);
        } else if (in.len && c < 0xf0) {
            change(&d, (uint8_t)in.p[0], str_head(str_from(in, 1), c & 31));
            in = str_from(in, 1);
        } else {
            screen_on_text(&s, str_head(in, 16), &d.facts);
        }
    }
    look(&s, &d.facts);
    face_close(&d);
    return 0;
}

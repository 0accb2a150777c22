/* The main screen: date, lines, what the phone is waiting for, a number that is typed; and a call. */
#include "flow/screen/inside.h"

enum { LINES_MOST = 8, LINES_AT = 3 };

static void put(struct screen_image *image, size_t row, struct str text, enum screen_mark mark)
{
    (void)image_put(image, row, 1, SCREEN_COLUMNS - 2, text, mark);
}

/* "22:51  Mon 2023-09-04", and the station's name. */
static void draw_status(const struct screen_facts *f, struct screen_image *image)
{
    static const char *const weekdays[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
    char text[SCREEN_DATE];
    struct room room;
    struct sink out = room_sink(&room);
    usec_t local = f->date + screen_zone(f->phone);
    struct str date = screen_date(local, text);
    if (date.len > 16) {
        sink_str(&out, str_head(str_from(date, 11), 5));
        sink_fmt(&out, "  %s ", weekdays[local / USEC_DAY % 7]);
        sink_str(&out, str_head(date, 10));
        put(image, 0, room_str(&room), SCREEN_STRONG);
    }
    struct str name = phone_get(f->phone, STR("Station_Display_Name"));
    if (name.len == 0) {
        name = phone_get(f->phone, STR("Station_Name"));
    }
    image_put_right(image, 0, SCREEN_COLUMNS - 1, 22, name, SCREEN_STRONG);
}

static void draw_line(const struct screen_facts *f, const struct screen_line *l, size_t row,
                      struct screen_image *image)
{
    struct room room;
    struct sink out = room_sink(&room);
    struct str number = screen_line_name(f->phone, l->line);
    struct str name = phone_of_line(f->phone, "Display_Name", l->line);
    bool well = l->state == SCREEN_LINE_REGISTERED;
    sink_fmt(&out, "%u  ", l->line);
    sink_str(&out, number.len ? number : STR("-"));
    if (name.len && !str_eq(name, number)) {
        sink_z(&out, "  ");
        sink_str(&out, name);
    }
    (void)image_put(image, row, 1, SCREEN_COLUMNS - 19, room_str(&room),
                    well ? SCREEN_STRONG : SCREEN_PLAIN);
    image_put_right(image, row, SCREEN_COLUMNS - 1, 16, str_z(screen_registration_text(l->state)),
                    SCREEN_SOFT);
}

/* What keeps the phone from its number, in a word. */
static const char *waiting(const struct screen_facts *f)
{
    switch (f->doing) {
    case STAGE_LINK:
    case STAGE_DHCP:
        return "Getting an address";
    case STAGE_CLOCK:
        return "Setting the clock";
    case STAGE_ACTIVATION_DNS:
    case STAGE_ACTIVATION:
        return "Asking the activation service";
    case STAGE_PROVISIONING_DNS:
    case STAGE_PROVISIONING:
        return "Getting the configuration";
    case STAGE_SRV:
    case STAGE_CONNECT:
    case STAGE_REGISTER:
        return "Registering";
    case STAGE_REGISTERED:
    case STAGES:
        break;
    }
    return !f->lease ? "No address" : f->n_lines == 0 ? "Not provisioned" : NULL;
}

static void draw_field(const struct screen *s, enum screen_field field, const char *label,
                       size_t row, struct screen_image *image)
{
    struct room room;
    struct sink out = room_sink(&room);
    struct str text = field_str(s, field);
    sink_z(&out, label);
    for (size_t i = 0; i < text.len; i++) {
        if (field == SCREEN_FIELD_CODE && text.p[0] != '#' && i && i % 4 == 0) {
            sink_char(&out, ' ');
        }
        sink_char(&out, text.p[i]);
    }
    sink_char(&out, '_');
    put(image, row, room_str(&room), SCREEN_STRONG);
}

void draw_main(const struct screen *s, const struct screen_facts *f, struct screen_image *image)
{
    size_t row = LINES_AT;
    const char *waits = waiting(f);
    draw_status(f, image);
    for (size_t i = 0; i < f->n_lines && i < LINES_MOST; i++) {
        draw_line(f, &f->line[i], row++, image);
    }
    if (waits) {
        put(image, f->n_lines ? 1 : row, str_z(waits), SCREEN_SOFT);
    }
    if (f->wants_code) {
        put(image, SCREEN_ROWS - 5, STR("Enter the activation code"), SCREEN_PLAIN);
        draw_field(s, SCREEN_FIELD_CODE, "", SCREEN_ROWS - 4, image);
    } else if (s->len[SCREEN_FIELD_NUMBER]) {
        draw_field(s, SCREEN_FIELD_NUMBER, "Call: ", SCREEN_ROWS - 4, image);
    }
    if (f->notice.len) {
        put(image, SCREEN_ROWS - 3, f->notice, SCREEN_STRONG);
    }
}

void draw_call(const struct screen_facts *f, const struct screen_call *c,
               struct screen_image *image)
{
    static const char *const states[] = {"Incoming call", "Connected", "On hold", "Call ended"};
    char span[SCREEN_SPAN];
    struct room room;
    struct sink out = room_sink(&room);
    bool rings = c->state == AGENT_RINGING;
    draw_status(f, image);
    put(image, 4, str_z(rings && c->outgoing ? "Calling" : states[c->state]), SCREEN_STRONG);
    if (!rings) {
        image_put_right(image, 4, SCREEN_COLUMNS - 1, 24, screen_span(f->now - c->since, span),
                        SCREEN_PLAIN);
    }
    put(image, 6, c->number.len ? c->number : STR("Unknown number"), SCREEN_STRONG);
    put(image, 7, c->name, SCREEN_PLAIN);
    sink_fmt(&out, "Line %u  ", c->line);
    sink_str(&out, screen_line_name(f->phone, c->line));
    put(image, 9, room_str(&room), SCREEN_SOFT);
}

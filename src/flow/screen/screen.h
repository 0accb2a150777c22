/* The screen of a phone and its menus, by key presses (docs/sources.md: the guide, MPP administration guide). Pure: keys in, an action
 * out; what the phone knows is an argument, and the picture a fixed grid of text.
 *
 *     screen_init(&s);
 *     screen_on_key(&s, SCREEN_KEY_APPLICATIONS, &facts, &action);
 *     screen_draw(&s, &facts, &image); screen_write_text(&image, SCREEN_ANSI, out); */
#ifndef FLOW_SCREEN_SCREEN_H
#define FLOW_SCREEN_SCREEN_H

#include "base/addr.h"
#include "base/sink.h"
#include "domain/phone/phone.h"
#include "domain/stage/stage.h"
#include "flow/handset/handset.h"

enum {
    SCREEN_ROWS = 16,
    SCREEN_COLUMNS = 48,
    SCREEN_SOFTKEYS = 4,
    SCREEN_DEPTH = 8,  /* pages, one opened from another */
    SCREEN_TEXT = 256, /* bytes of what can be typed into a field */
};

/* -- what the phone knows; filled by who drives it, all views are good during the call */

enum screen_power { SCREEN_OFF, SCREEN_RESTARTING, SCREEN_ON };

enum screen_registration {
    SCREEN_LINE_OFF, /* it does not register */
    SCREEN_LINE_TRYING,
    SCREEN_LINE_REGISTERED,
    SCREEN_LINE_FAILED, /* and waits for the next try */
};

struct screen_line {
    unsigned line; /* from 1; its names are settings of the phone */
    enum screen_registration state;
    unsigned status; /* of the last answer; 0: none came */
    struct endpoint server, local;
    usec_t registered_at; /* date; USEC_NONE: never */
    usec_t next_in;       /* until the refresh or the next try; USEC_NONE */
};

struct screen_call {
    unsigned line;
    enum agent_call_state state;
    bool outgoing;
    struct str number, name; /* of the other side; may be empty */
    usec_t since;            /* of `now`: since when it has been in that state */
};

struct screen_report {
    struct str name; /* of its archive */
    usec_t date;
    struct str text; /* description */
    struct str
        uploaded; /* "Uploaded", "Error: 109", "Report problem", or empty: it stays on the phone */
};

struct screen_facts {
    usec_t now;  /* of a clock that only goes forward */
    usec_t date; /* the phone's */
    usec_t up;   /* how long it has been running */
    enum screen_power power;
    enum stage doing; /* STAGE_NONE: nothing is under way */
    const struct phone *phone;
    const struct handset_lease *lease; /* NULL: none */
    struct addr dhcp_server;           /* family 0: none */
    const struct screen_line *line;
    size_t n_lines;
    const struct screen_call *call; /* those that stand */
    size_t n_calls;
    const struct screen_report *report; /* newest first */
    size_t n_reports;
    bool wants_code;   /* it waits for an activation code */
    bool dials;        /* a number can be called */
    struct str notice; /* shown on the main screen: "Invalid activation code"; may be empty */
};

/* What "Select problem" offers: words of our own, for no document lists the phone's. Ends with NULL. */
extern const char *const screen_problems[];

/* -- keys */

enum screen_key {
#define SCREEN_KEY(id, name, label) SCREEN_KEY_##id,
#include "flow/screen/screen_key.def"
#undef SCREEN_KEY
    SCREEN_KEYS
};
const char *screen_key_name(enum screen_key k);  /* "applications" */
const char *screen_key_label(enum screen_key k); /* "Applications" */
/* By its name, or "*" and "#". */
bool screen_key_read(struct str name, enum screen_key *ret_key);

/* -- what a key brings about, and what a page of flow/panel does */

enum screen_do {
    SCREEN_NOTHING,
    SCREEN_REPORT,        /* date: when the problem was; text: what it is */
    SCREEN_RESYNC,        /* text: a rule for once, or empty */
    SCREEN_UPGRADE,       /* text: a URL, or empty */
    SCREEN_RESTART,       /* power off and on */
    SCREEN_FACTORY_RESET, /* back to the box */
    SCREEN_ANSWER,        /* line */
    SCREEN_HANG_UP,       /* line: ended, or refused while it rings */
    SCREEN_DIAL,          /* text: a number */
    SCREEN_CODE,          /* text: an activation code, or "#" and a short one */
    SCREEN_PRESS,         /* key; this and the next only from pages */
    SCREEN_TYPE,          /* text: into the field that is open */
};
const char *screen_do_name(enum screen_do what); /* "factory-reset" */

struct screen_action {
    enum screen_do what;
    struct str text; /* good until the next key */
    usec_t date;     /* UTC by the phone's clock */
    unsigned line;
    enum screen_key key;
};

/* -- the machine; fields are the module's own */

enum screen_field {
    SCREEN_FIELD_DATE,
    SCREEN_FIELD_TIME,
    SCREEN_FIELD_RULE,
    SCREEN_FIELD_NUMBER,
    SCREEN_FIELD_CODE,
    SCREEN_FIELDS
};

struct screen {
    struct {
        uint8_t page;
        uint16_t row; /* the one that is marked */
    } at[SCREEN_DEPTH];
    uint8_t depth;   /* 0: the main screen */
    uint8_t problem; /* chosen, plus 1; 0: none */
    uint16_t len[SCREEN_FIELDS];
    char text[SCREEN_FIELDS][SCREEN_TEXT];
    const char *said; /* a line of ours above the softkeys, until the next key; NULL: none */
    uint8_t tapped;   /* enum screen_key, plus 1: the key that the last letter came from */
    uint8_t taps;     /* how often */
    usec_t tapped_at;
};

void screen_init(struct screen *s);
/* A key was pressed; ret_action->what is SCREEN_NOTHING where that asks for nothing. */
void screen_on_key(struct screen *s, enum screen_key key, const struct screen_facts *f,
                   struct screen_action *ret_action);
/* Text from a keyboard goes into the field that is open; what that does not take is left out. */
void screen_on_text(struct screen *s, struct str text, const struct screen_facts *f);

/* Whether a field is open that text goes into. */
bool screen_types(const struct screen *s, const struct screen_facts *f);

/* -- the picture */

enum screen_mark {
    SCREEN_PLAIN,
    SCREEN_STRONG, /* titles */
    SCREEN_SOFT,   /* what matters less */
    SCREEN_MARKED, /* the row that keys are about */
    SCREEN_KEYCAP, /* softkeys */
};

struct screen_cell {
    uint32_t cp;  /* 0: the right half of a wide letter */
    uint8_t mark; /* enum screen_mark */
};

struct screen_image {
    struct screen_cell cell[SCREEN_ROWS][SCREEN_COLUMNS];
    char soft[SCREEN_SOFTKEYS][16]; /* what the softkeys do now; empty: nothing */
};

/* The same facts, the same picture. */
void screen_draw(const struct screen *s, const struct screen_facts *f, struct screen_image *ret);

/* Row by row without blanks at the ends; SCREEN_BOX draws a frame, SCREEN_ANSI shows the marks as a terminal does. */
enum { SCREEN_BARE = 0, SCREEN_BOX = 1, SCREEN_ANSI = 2 };
void screen_write_text(const struct screen_image *image, unsigned how, struct sink *out);
/* <pre> with the marks as elements. */
void screen_write_html(const struct screen_image *image, struct sink *out);
/* The keys as buttons called "key", for the inside of a form. */
void screen_write_keys(const struct screen_image *image, struct sink *out);

/* -- words that screen and pages share */

/* "2001": Short_Name, where that is no macro, else User_ID. */
struct str screen_line_name(const struct phone *p, unsigned line);
const char *screen_registration_text(enum screen_registration r); /* "Registered" */
/* By Time_Zone, "GMT-08:00"; 0 for another form. */
usec_t screen_zone(const struct phone *p);
/* "2023-09-04 22:51:08"; "-" for none and for dates before 1970 and behind 9999. */
enum { SCREEN_DATE = 24 };
struct str screen_date(usec_t date, char ret_text[SCREEN_DATE]);
/* "3 days 02:10:09". */
enum { SCREEN_SPAN = 32 };
struct str screen_span(usec_t span, char ret_text[SCREEN_SPAN]);

#endif

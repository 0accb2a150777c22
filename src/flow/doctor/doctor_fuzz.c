/* Any text through the whole doctor: no crash, and every number within its bounds. */
#include <stdlib.h>

#include "flow/doctor/doctor.h"

static struct knowledge knowledge;
static bool loaded;

static void load(void)
{
    struct conf_error err;
    if (knowledge_init(&knowledge) != ERR_OK || knowledge_add_share(&knowledge, &err) != ERR_OK) {
        abort();
    }
    loaded = true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct doctor_cfg cfg = {.expect = STR_INIT("prov.example.com")};
    struct diagnosis d;
    if (!loaded) {
        load();
    }
    struct doctor *doctor = doctor_new(&knowledge, &cfg);
    if (!doctor) {
        abort();
    }
    (void)doctor_begin(doctor, STR("fuzz"), INPUT_NOTHING, 0);
    size_t half = size / 2;
    doctor_feed(doctor, str_of((const char *)data, half));
    doctor_feed(doctor, str_of((const char *)data + half, size - half));
    doctor_end(doctor, true);
    doctor_finish(doctor);
    for (const struct phone *p = doctor_phones(doctor); p; p = p->next) {
        doctor_diagnose(doctor, p, &d);
        for (unsigned i = 0; i < d.n; i++) {
            const struct finding *f = &d.finding[i];
            if (f->confidence < 0 || f->confidence > 1 || f->n_evidence > EVIDENCE_MOST ||
                f->stage > STAGES) {
                abort();
            }
        }
    }
    doctor_free(doctor);
    return 0;
}

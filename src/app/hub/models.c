/* The models of Cisco's multiplatform phones and how many lines each can register. */
#include "app/hub/models.h"

#define MPP(number, family, lines, code)                                           \
    {                                                                              \
        "CP-" number "-3PCC", number "-3PCC", "Cisco " number, family, lines, code \
    }

const struct model models[] = {
    MPP("6821", "6800", 2, true),  MPP("6841", "6800", 4, true),  MPP("6851", "6800", 4, true),
    MPP("6861", "6800", 4, true),  MPP("6871", "6800", 6, true),  MPP("7811", "7800", 1, true),
    MPP("7821", "7800", 2, true),  MPP("7832", "7800", 1, true),  MPP("7841", "7800", 4, true),
    MPP("7861", "7800", 16, true), MPP("8811", "8800", 10, true), MPP("8832", "8800", 1, true),
    MPP("8841", "8800", 10, true), MPP("8845", "8800", 10, true), MPP("8851", "8800", 10, true),
    MPP("8861", "8800", 10, true), MPP("8865", "8800", 10, true), MPP("8875", "8800", 10, true),
};
const size_t models_n = sizeof models / sizeof *models;

/* The four digits that name it; empty: none. */
static struct str digits_of(struct str s)
{
    static const struct str heads[] = {STR_INIT("DMS "), STR_INIT("Cisco "), STR_INIT("CP-")};
    static const struct str tails[] = {STR_INIT("="), STR_INIT("-K9"), STR_INIT("-3PCC"),
                                       STR_INIT("-3PW")};
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        if (str_istarts(s, heads[i])) {
            s = str_from(s, heads[i].len);
        }
    }
    for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
        if (s.p && s.len >= tails[i].len && str_ieq(str_from(s, s.len - tails[i].len), tails[i])) {
            s = str_head(s, s.len - tails[i].len);
        }
    }
    return s;
}

const struct model *model_find(struct str name)
{
    struct str want = digits_of(str_trim(name));
    if (want.len == 0) {
        return NULL;
    }
    for (size_t i = 0; i < models_n; i++) {
        if (str_eq(want, digits_of(str_z(models[i].name)))) {
            return &models[i];
        }
    }
    return NULL;
}

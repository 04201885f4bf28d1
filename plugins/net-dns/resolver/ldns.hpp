// ldns without the macros that it makes of C++'s own words.
#pragma once

#include <ldns/ldns.h>

#undef bool
#undef true
#undef false

#pragma once
#include "cdouble.h"

/// Has tensors of doubles carried between processes.
void carry_doubles();

// Numbers that only kernels compute with.
#pragma once

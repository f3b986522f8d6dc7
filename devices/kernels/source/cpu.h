// All of the physics; cpu_entries.h loops it over a population.
#pragma once
#include "birth.h"
#include "net.h"
#include "read.h"
#include "trains.h"
#include "write.h"

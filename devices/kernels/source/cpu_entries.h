// The kernels over a whole population, threads over devices. A build file includes this inside a
// namespace of its own: code for one instruction set must never stand in for another.
// `Wide` and `Narrow` are the lanes of that build, `Widest` what long rows are given to; `Sums` adds
// up pulses, `Firing` fires trains.
// As many lines of a sample as fill whole lanes, from `line` on; returns the first that is left.
template <class L>
inline i64 fire_lanes(const Draws& draws, const float* x, i64 line, i64 lines, float gain,
                      i64 length, u32 event, u32* to) {
    for (; line + L::WIDTH <= lines; line += L::WIDTH)
        L::store(to + line, train<L>(draws, L::load(x + line), gain, length,
                                     L::counting((u32)line), event));
    return line;
}

// A sample of one device.
inline void fire_sample(const Signals& s, const Noise& noise, i64 device, i64 b, u32* out) {
    const float* x = s.values + device * s.device_stride + b * s.lines;
    const float gain = s.gains[device * s.samples + b];
    const i64 length = s.lengths[device * s.samples + b];
    u32* to = out + (device * s.samples + b) * s.lines;
    Draws draws = {noise.seed, noise.purpose, noise.array, (u32)noise.serials[device]};
    u32 event = (u32)(noise.first_samples[device] + b);
    i64 line = fire_lanes<Firing>(draws, x, 0, s.lines, gain, length, event, to);
    line = fire_lanes<Wide>(draws, x, line, s.lines, gain, length, event, to);
    fire_lanes<OneCell>(draws, x, line, s.lines, gain, length, event, to);
}

static void fire(const Signals& signals, const Noise& noise, u32* out) {
    i64 all = signals.devices * signals.samples;
#pragma omp parallel for schedule(static)
    for (i64 i = 0; i < all; ++i)
        fire_sample(signals, noise, i / signals.samples, i % signals.samples, out);
}

// Whether rows of so many columns fill the widest lanes, and whole draws of them.
static bool is_for_widest(i64 columns) {
    const i64 group = NORMALS_A_BLOCK * Widest::WIDTH;
    return (int)Widest::WIDTH > (int)Wide::WIDTH && columns >= group && columns % Widest::WIDTH == 0;
}

// An exception must not leave a thread of OpenMP.
template <class L>
static bool write_in(const Population& population, const Trains& trains, const Noise& noise,
                  const Response& response, const Choice& choice, const i64* pinned,
                  bool is_trial, i64* fidelity, double* received) {
    bool is_enough = true;
#pragma omp parallel
    {
        Writer<L, Narrow, Sums> writer(population, trains, noise, response, choice);
#pragma omp for schedule(dynamic)
        for (i64 device = 0; device < population.devices; ++device)
            try {
                fidelity[device] =
                    writer.write(device, (int)pinned[device], is_trial, received[device]);
            } catch (const std::bad_alloc&) {
#pragma omp atomic write
                is_enough = false;
            }
    }
    return is_enough;
}

static bool write(const Population& population, const Trains& trains, const Noise& noise,
                  const Response& response, const Choice& choice, const i64* pinned,
                  bool is_trial, i64* fidelity, double* received) {
    auto how = is_for_widest(population.columns) ? write_in<Widest> : write_in<Wide>;
    return how(population, trains, noise, response, choice, pinned, is_trial, fidelity, received);
}

template <class L>
static void increment_in(const Population& population, const Increments& increments,
                         const Noise& noise, const Response& response) {
    const Net<L> net(population, increments, noise, response);
    const i64 listed = increments.listed;
#pragma omp parallel for schedule(static)
    for (i64 i = 0; i < population.devices * listed; ++i) {
        u32 most = 0;
        u64 all = 0;
        for (i64 first = 0; first < population.columns; first += Net<L>::GROUP)
            net.group(i / listed, i % listed, first, most, all);
        increments.slots[i] = most;
        increments.totals[i] = all;
    }
}

static void increment(const Population& population, const Increments& increments,
                      const Noise& noise, const Response& response) {
    auto how = is_for_widest(population.columns) ? increment_in<Widest> : increment_in<Wide>;
    how(population, increments, noise, response);
}

// One normal a cell, [device, row, column]; a row begins a new block; the event stands in
// first_samples.
static void fill_normals(const Noise& noise, i64 devices, i64 rows, i64 columns, float* out) {
    const i64 blocks = (columns + NORMALS_A_BLOCK - 1) / NORMALS_A_BLOCK;
    const i64 group = NORMALS_A_BLOCK * Wide::WIDTH;
#pragma omp parallel for schedule(static)
    for (i64 i = 0; i < devices * rows; ++i) {
        i64 device = i / rows, row = i % rows;
        Draws draws = {noise.seed, noise.purpose, noise.array, (u32)noise.serials[device]};
        float* to = out + i * columns;
        for (i64 first = 0; first < columns; first += group) {
            typename Wide::F z[8];
            normals<Wide>(draws, Wide::counting((u32)(row * blocks + first / NORMALS_A_BLOCK)),
                          Wide::all((u32)noise.first_samples[device]), z);
            if (first + group <= columns) {
                Wide::store_by_lane(to + first, z);
            } else {
                float buffer[NORMALS_A_BLOCK * Wide::WIDTH];
                Wide::store_by_lane(buffer, z);
                std::memcpy(to + first, buffer, (columns - first) * sizeof(float));
            }
        }
    }
}

static bool read(const Reading& reading, const Noise& noise, const float* x, float* y) {
    bool is_enough = true;
#pragma omp parallel
    {
        Reader<Wide> reader(reading, noise);
#pragma omp for schedule(dynamic)
        for (i64 device = 0; device < reading.devices; ++device)
            try {
                reader.read(device, x, y);
            } catch (const std::bad_alloc&) {
#pragma omp atomic write
                is_enough = false;
            }
    }
    return is_enough;
}

template <class L>
static void grow_in(const Birth& birth) {
    const Nursery<L> nursery(birth);
#pragma omp parallel for schedule(static)
    for (i64 i = 0; i < birth.devices * birth.rows; ++i)
        nursery.grow(i / birth.rows, i % birth.rows);
}

static void grow(const Birth& birth) {
    is_for_widest(birth.columns) ? grow_in<Widest>(birth) : grow_in<Wide>(birth);
}

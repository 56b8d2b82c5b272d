"""The program's random numbers and shuffles (RandomSource.swift, PromptStream.swift), for
training_step.py: they decide what is sampled and which mini-batch a response is in."""

MASK = (1 << 64) - 1


def mix(z):
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & MASK
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB & MASK
    return z ^ (z >> 31)


class Random:
    """A chain of keys; SplitMix64's finalizer once a key."""

    def __init__(self, state):
        self.state = state

    @staticmethod
    def root(seed):
        return Random(mix((seed + 0x9E3779B97F4A7C15) & MASK))

    def __getitem__(self, key):
        if isinstance(key, str):
            hashed = 0xCBF29CE484222325
            for byte in key.encode():
                hashed = (hashed ^ byte) * 0x100000001B3 & MASK
            return Random(mix(self.state ^ hashed))
        return Random(mix(self.state ^ mix((key + 0xD1B54A32D192ED03) & MASK)))

    def uniform(self, place):
        return (self[place].state >> 11) * 2.0 ** -53

    def stream(self):
        state = self.state
        while True:
            state = (state + 0x9E3779B97F4A7C15) & MASK
            yield mix(state)


def draw_below(stream, count):
    """Lemire's draw with his rejection, as SplitMix64.next(below:)."""
    product = next(stream) * count
    if product & MASK < count:
        while product & MASK < ((1 << 64) - count) % count:
            product = next(stream) * count
    return product >> 64


def shuffled(count, random):
    """Fisher and Yates from the front, as RandomSource.shuffled."""
    order, stream = list(range(count)), random.stream()
    for place in range(count - 1):
        other = place + draw_below(stream, count - place)
        order[place], order[other] = order[other], order[place]
    return order


class Prompts:
    """The problems, epoch after epoch, each epoch in an order of its own."""

    def __init__(self, problems, random):
        self.problems, self.random, self.handed = problems, random["order"], 0

    def take(self, count):
        return [self.at(self.handed + i) for i in range(count)], self.advance(count)

    def advance(self, count):
        self.handed += count

    def at(self, number):
        epoch, offset = divmod(number, len(self.problems))
        order, stream = list(range(len(self.problems))), self.random[epoch].stream()
        for last in range(len(order) - 1, -1, -1):
            other = next(stream) * (last + 1) >> 64
            order[last], order[other] = order[other], order[last]
        return {**self.problems[order[offset]],
                "place": epoch * len(self.problems) + order[offset]}

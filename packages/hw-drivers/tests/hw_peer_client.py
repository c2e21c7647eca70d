"""Opens the EVK4 on the bus with neuromorphic-drivers, and holds it until a line comes in."""

import json
import sys

import neuromorphic_drivers as nd


def main() -> None:
    wanted = json.loads(sys.argv[1])
    kinds = nd.prophesee_evk4
    limiter = wanted.pop("rate_limiter", None)
    biases = kinds.Biases(**wanted.pop("biases", {}))
    configuration = kinds.Configuration(
        biases=biases, rate_limiter=limiter and kinds.RateLimiter(*limiter), **wanted
    )
    events = 0
    with nd.open(configuration, iterator_timeout=1.0) as device:
        for _, packet in device:
            if packet is None:
                break
            if packet.polarity_events is not None:
                events += len(packet.polarity_events)
            if events > 1000:
                break
        print(json.dumps({"serial": device.serial(), "events": events}), flush=True)
        sys.stdin.readline()


if __name__ == "__main__":
    main()

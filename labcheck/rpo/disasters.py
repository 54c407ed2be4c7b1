"""Which disasters are looked at, and which copies are left after each."""

import re
from collections.abc import Sequence

from labcheck.rpo.commands.places import same_host
from labcheck.rpo.holdings import Holding
from labcheck.rpo.question import Disaster

FAR_AWAY = re.compile(r"off-?s(?:ite|tie)|offiste|remote|(?:^|[-.])dr(?:$|[-.\d])|cloud|vault|glacier", re.IGNORECASE)


def usual_disasters(holdings: Sequence[Holding]) -> tuple[Disaster, ...]:
    """Return the three disasters of the lecture for one service: its table, its host, and its whole site.

    The site is the production host and every host that gets a copy from it directly, unless the name says that
    it stands elsewhere or it is a storage service. Hosts that only get copies of copies are off-site.
    """
    production = holdings[0].production
    near = {
        holding.place.host
        for holding in holdings
        if holding.hops == 1 and not holding.place.is_cloud and not FAR_AWAY.search(holding.place.host)
    }
    site = tuple(dict.fromkeys((production, *sorted(host for host in near if not same_host(host, production)))))
    return (
        Disaster("table-dropped", "a table is dropped, and it is noticed at once"),
        Disaster("db-host-lost", f"the database host `{production}` is lost", (production,)),
        Disaster("site-lost", f"the whole site is lost: {', '.join(site)}", site),
    )


def survivors(disaster: Disaster, holdings: Sequence[Holding]) -> tuple[Holding, ...]:
    """Return the copies that are left, nearest to production first; a file that is renamed away is none."""
    left = (holding for holding in holdings if not disaster.takes(holding.place.host))
    return tuple(holding for holding in left if not holding.moved_by)


def spares_production(disaster: Disaster, production: str) -> bool:
    """Tell whether production itself lives on, so that nothing is lost."""
    return bool(disaster.lost) and not disaster.takes(production)

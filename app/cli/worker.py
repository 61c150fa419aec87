"""`regulars worker`: the process that runs jobs and delivers webhooks."""

from app.cli.database import opened_engine
from app.cli.options import AsOfOption, ContractOption, DataDir, SourceOption, settings_with
from app.cli.processes import stop_with_parent
from app.source.open import read_source_contract
from app.worker import work


def worker(
    source: SourceOption = None,
    contract: ContractOption = None,
    data_dir: DataDir = None,
    as_of: AsOfOption = None,
) -> None:
    """Run jobs until stopped: load new files, check their quality, retrain, export, deliver webhooks and alerts."""
    settings = settings_with(source=source, data_dir=data_dir, as_of=as_of, contract=contract)
    read_source_contract(settings)  # an invalid contract is refused before anything is started
    stop_with_parent()
    with opened_engine(settings, begins=True) as engine:
        work(settings, engine)

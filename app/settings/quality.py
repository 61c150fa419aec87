"""Settings of quality checks and alerts."""

from pydantic import Field
from pydantic_settings import BaseSettings

from app.settings.check_list import AlertUrls, FilesDue, FilesDueSetting, Severities, SeveritiesSetting
from app.settings.readers import BY_SERVE_AND_WORKER, BY_WORKER


class QualitySettings(BaseSettings):
    """Severities of quality checks, times by which files are due, receivers of alerts."""

    quality_checks: SeveritiesSetting = Field(
        Severities(),
        description=(
            "Severities that differ from the default, such as `volume=fail,columns=warn,revenue=off`; "
            "see [Quality checks](#quality-checks)."
        ),
        json_schema_extra=BY_SERVE_AND_WORKER,
    )
    files_due: FilesDueSetting = Field(
        FilesDue(),
        description=(
            "Time of the following day by which the file of a day is due, in the time zone of its source, and the "
            "days of the week that have a file: `09:00`, `09:00 mon-fri`, or by source "
            "`shop=09:00 mon-sat; web=07:30`. When unset, the arrival that the contract declares."
        ),
        json_schema_extra=BY_WORKER,
    )
    alert_urls: AlertUrls | None = Field(
        None,
        description=(
            "A secret: [Apprise addresses](https://github.com/caronc/apprise/wiki), separated by spaces, that are "
            "alerted when a quality check fails and when it has recovered, such as "
            "`mailtos://user:password@example.com`; none when unset. Needs `regulars[alerts]`."
        ),
        json_schema_extra=BY_WORKER,
    )

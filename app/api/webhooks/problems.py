"""Problems of webhooks."""

from typing import Final

from app.api.core.problems import declare

UNKNOWN_WEBHOOK: Final = declare("unknown-webhook", 404, "Webhook not found", "List the webhooks.")
UNKNOWN_DELIVERY: Final = declare("unknown-delivery", 404, "Delivery not found", "List the deliveries of the webhook.")
WEBHOOK_INACTIVE: Final = declare(
    "webhook-inactive",
    409,
    "Webhook not active",
    "Set the `state` of the webhook to `active`, then send the request again.",
)
TOO_MANY_WEBHOOKS: Final = declare(
    "too-many-webhooks", 409, "Too many webhooks", "Delete a webhook that is not needed, or share one."
)
ADDRESS_REFUSED: Final = declare(
    "address-refused",
    409,
    "Webhook address refused",
    "Use an https address at a public host, or ask the operator to allow the address.",
)

// What a CRM does with the generated types; it compiles under `strict` only if required, optional and null are right.
import type { components, webhooks } from "./schema";

type Schemas = components["schemas"];

export const slug = (customer: Schemas["CustomerSegment"]): string => customer.slug;
export const reason = (customer: Schemas["CustomerSegment"]): string | null => customer.quality_reason;
export const country = (customer: Schemas["CustomerProfile"]): string | null => customer.country;
// @ts-expect-error the country may be null
export const countryOf = (customer: Schemas["CustomerProfile"]): string => customer.country;

export const total = (page: Schemas["CustomerList"]): number | undefined => page.total;
// @ts-expect-error the total is there only on request
export const totalOf = (page: Schemas["CustomerList"]): number => page.total;
export const goal = (page: Schemas["CustomerList"]): string | undefined => page.data[0]?.recommendation?.goal;

export const detail = (problem: Schemas["ProblemDocument"]): string => problem.detail ?? problem.title;
export const lookup: Schemas["LookupRequest"] = { customer_ids: ["12354"] };
export const endpoint: Schemas["WebhookRequest"] = { url: "https://crm.example/", events: ["run.completed"] };
// @ts-expect-error an endpoint needs events
export const without: Schemas["WebhookRequest"] = { url: "https://crm.example/" };

type Body<Name extends keyof webhooks> = webhooks[Name]["post"]["requestBody"]["content"]["application/json"];
type Event = { [Name in keyof webhooks]: Body<Name> }[keyof webhooks];

export function describe(event: Event): string {
  switch (event.type) {
    case "customer.segment.entered":
      return `${event.data.customer_id}: ${event.data.previous_slug ?? "new"} to ${event.data.slug}`;
    case "customer.segment.exited":
      return `${event.data.customer_id}: ${event.data.slug} to ${event.data.next_slug ?? "none"}`;
    case "customer.segments.changed":
      return `${event.data.changes} changes after ${event.data.after}`;
    case "run.completed":
      return `${event.data.job} ${event.data.state}: ${event.data.error ?? ""}`;
    case "quality.failed":
    case "quality.recovered":
      return `${event.data.check}: ${event.data.reason}`;
    case "webhook.test":
      return event.data.endpoint_id;
  }
}

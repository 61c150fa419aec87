// The same of a client with methods.
import { getCustomer, listChanges, listCustomers, type SegmentEnteredEvent } from "./client";

export async function customer(customer_id: string): Promise<string> {
  const { data, error } = await getCustomer({ path: { customer_id } });
  return data ? `${data.slug}: ${data.recommendation?.goal}` : (error.detail ?? error.title);
}

export async function premium(): Promise<number | undefined> {
  const { data } = await listCustomers({ query: { tier: ["Premium", "High-Value"], include: ["total"] } });
  return data?.total;
}

export async function changes(after: string): Promise<string | undefined> {
  const { data } = await listChanges({ query: { after } });
  return data?.next_after;
}

export const previous = (event: SegmentEnteredEvent): string | null => event.data.previous_slug;

// The documents of the admin endpoints live in @pilvi/admin-api, so that the gateway can import them too.
export type { HealthDocument, StatusDocument, WhereDocument } from '@pilvi/admin-api';

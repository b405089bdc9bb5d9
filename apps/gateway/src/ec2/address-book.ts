import { QueryError } from '@pilvi/aws-query';
import { contains, freeAddress, type InstanceRecord, isGone, isGuestAddress, parseAddress, parseNetwork } from '@pilvi/compute-model';

/** Addresses for new instances, none of which another has. */
export interface AddressBook {
  takePrivate(cidr: string, wanted: string | undefined): string;
  /** Undefined: the node gives none, or all are taken. */
  takePublic(cidr: string): string | undefined;
}

export function createAddressBook(instances: readonly InstanceRecord[]): AddressBook {
  const interfaces = instances.filter((record) => !isGone(record)).flatMap((record) => record.interfaces);
  const taken = new Set(interfaces.flatMap((each) => [each.privateAddress, each.publicAddress ?? '']));
  const take = (address: string | undefined): string | undefined => {
    if (address !== undefined) taken.add(address);
    return address;
  };
  return {
    takePrivate(cidr, wanted) {
      const network = parseNetwork(cidr)!;
      if (wanted !== undefined) {
        const value = parseAddress(wanted);
        if (value === undefined)
          throw new QueryError('InvalidParameterValue', `Invalid value '${wanted}' for privateIpAddress. Must be an IPv4 address.`);
        if (!contains(network, value) || !isGuestAddress(network, value))
          throw new QueryError('InvalidParameterValue', `Address ${wanted} does not fall within the subnet's address range`);
        if (taken.has(wanted)) throw new QueryError('InvalidIPAddress.InUse', `Address ${wanted} is in use.`);
      }
      const address = take(wanted ?? freeAddress(network, (each) => taken.has(each)));
      if (address === undefined)
        throw new QueryError('InsufficientFreeAddressesInSubnet', `There are not enough free addresses in ${cidr}`);
      return address;
    },
    takePublic(cidr) {
      const network = parseNetwork(cidr);
      return network === undefined ? undefined : take(freeAddress(network, (each) => taken.has(each)));
    },
  };
}

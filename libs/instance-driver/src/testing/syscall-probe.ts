import { writeFileSync } from 'node:fs';

/** ELF64 header and one program header, elf(5). */
const HEADER_BYTES = 120;
const LOAD_ADDRESS = 0x400000n;

/**
 * Writes a program for x86-64 that makes one system call with up to three numbers, and ends with its errno (0 when it succeeded). It needs
 * neither a compiler here nor a library there.
 */
export function writeSyscallProbe(path: string, number: number, args: readonly number[] = []): void {
  const [rdi = 0, rsi = 0, rdx = 0] = args;
  const code = Buffer.concat([
    instruction([0x48, 0xbf], rdi), // mov rdi, imm64
    instruction([0x48, 0xbe], rsi), // mov rsi, imm64
    instruction([0x48, 0xba], rdx), // mov rdx, imm64
    instruction([0x48, 0xb8], number), // mov rax, imm64
    Buffer.from([0x4d, 0x31, 0xd2]), // xor r10, r10
    Buffer.from([0x0f, 0x05]), // syscall
    Buffer.from([0x31, 0xff]), // xor edi, edi
    Buffer.from([0x48, 0x85, 0xc0]), // test rax, rax
    Buffer.from([0x79, 0x04]), // jns +4: over the next two
    Buffer.from([0xf7, 0xd8]), // neg eax
    Buffer.from([0x89, 0xc7]), // mov edi, eax
    Buffer.from([0xb8, 0x3c, 0, 0, 0, 0x0f, 0x05]), // exit(edi)
  ]);
  const header = Buffer.alloc(HEADER_BYTES);
  header.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]); // ELF, 64 bit, little endian
  header.writeUInt16LE(2, 16); // an executable
  header.writeUInt16LE(62, 18); // for x86-64
  header.writeUInt32LE(1, 20);
  header.writeBigUInt64LE(LOAD_ADDRESS + BigInt(HEADER_BYTES), 24); // where it begins
  header.writeBigUInt64LE(64n, 32); // its program header
  header.writeUInt16LE(64, 52);
  header.writeUInt16LE(56, 54);
  header.writeUInt16LE(1, 56);
  header.writeUInt32LE(1, 64); // load the whole file,
  header.writeUInt32LE(5, 68); // to read and execute
  header.writeBigUInt64LE(LOAD_ADDRESS, 80);
  header.writeBigUInt64LE(LOAD_ADDRESS, 88);
  header.writeBigUInt64LE(BigInt(HEADER_BYTES + code.length), 96);
  header.writeBigUInt64LE(BigInt(HEADER_BYTES + code.length), 104);
  header.writeBigUInt64LE(0x1000n, 112);
  writeFileSync(path, Buffer.concat([header, code]), { mode: 0o755 });
}

function instruction(opcode: readonly number[], immediate: number): Buffer {
  const bytes = Buffer.alloc(10);
  bytes.set(opcode);
  bytes.writeBigUInt64LE(BigInt(immediate), 2);
  return bytes;
}

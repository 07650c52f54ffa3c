using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Writ.Linux;

/// <summary>
/// What a program that has started and stands still will find: its arguments and its environment, as the kernel has
/// laid them out on its new stack (create_elf_tables). From the stack pointer upwards there are the number of the
/// arguments, pointers to them, pointers to the variables, and a table that names, among others, where the file's name
/// stands. All arguments stand one after the other, then all variables, then that name. Nobody has run since.
/// </summary>
[SkipLocalsInit]
public static unsafe class StartedStrings
{
    /// <summary>What a buffer must hold beside the strings and the pointers: the table, and the gap of random size
    /// above it.</summary>
    public const int ExtraBytes = 10 * 1024;

    const int PageBytes = 4096;
    const int PagesMax = 32;

    /// <summary>
    /// Reads them into a buffer of at most 128 KiB; false when they do not fit, or do not look like that: then nothing
    /// is known of them.
    /// </summary>
    public static bool TryRead(
        int process, Span<byte> buffer, out ReadOnlySpan<byte> arguments, out ReadOnlySpan<byte> environment)
    {
        arguments = environment = default;
        var stack = ExecTrace.StackOf(process);
        if (stack == 0 || stack % sizeof(ulong) != 0)
            return false;
        var read = (ReadOnlySpan<byte>)buffer[..Copy(process, stack, buffer)];
        var words = MemoryMarshal.Cast<byte, ulong>(read);
        if (words.IsEmpty || words[0] == 0 || words[0] >= (ulong)words.Length - 1)
            return false;
        var first = words[1..];
        var count = (int)words[0];
        var rest = first[count..];
        if (rest[0] != 0)
            return false;
        var variables = rest[1..];
        var variableCount = variables.IndexOf(0UL);
        if (variableCount < 0 || FileName(variables[(variableCount + 1)..]) is not { } name)
            return false;
        var (from, end) = (first[0] - stack, name - stack);
        var border = variableCount == 0 ? end : variables[0] - stack;
        // A pointer below the stack is now an enormous number.
        if (from > border || border > end || end > (ulong)read.Length)
            return false;
        arguments = read[(int)from..(int)border];
        environment = read[(int)border..(int)end];
        return arguments is [.., 0] && environment is [] or [.., 0];
    }

    static ulong? FileName(ReadOnlySpan<ulong> table)
    {
        for (; table.Length >= 2 && table[0] != LibC.AT_NULL; table = table[2..])
            if (table[0] == LibC.AT_EXECFN)
                return table[1];
        return null;
    }

    // Page by page, because only whole parts are copied, and it is not known where the stack ends.
    static int Copy(int process, ulong address, Span<byte> buffer)
    {
        var parts = stackalloc LibC.iovec[PagesMax];
        var (count, wanted) = (0, 0);
        for (; count < PagesMax && wanted < buffer.Length; count++)
        {
            var at = address + (ulong)wanted;
            var length = Math.Min(buffer.Length - wanted, PageBytes - (int)(at % PageBytes));
            parts[count] = new LibC.iovec { iov_base = (void*)at, iov_len = (nuint)length };
            wanted += length;
        }
        fixed (byte* start = buffer)
        {
            var local = new LibC.iovec { iov_base = start, iov_len = (nuint)wanted };
            return (int)Math.Max(0, LibC.process_vm_readv(process, &local, 1, parts, (nuint)count, 0));
        }
    }
}

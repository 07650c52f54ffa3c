using System.Runtime.InteropServices;
using System.Text;

namespace Writ.Linux;

/// <summary>Strings as the kernel takes them: UTF-8, NUL-terminated, in unmanaged memory until disposed.</summary>
sealed unsafe class NativeStrings : IDisposable
{
    readonly byte** _entries;
    readonly int _count;

    internal NativeStrings(IReadOnlyList<string> values)
    {
        _count = values.Count;
        _entries = (byte**)NativeMemory.AllocZeroed((nuint)_count + 1, (nuint)sizeof(byte*));
        for (var i = 0; i < _count; i++)
        {
            if (values[i].Contains('\0', StringComparison.Ordinal))
            {
                Dispose();
                throw new ArgumentException("a string for the kernel contains NUL", nameof(values));
            }
            _entries[i] = Allocate(values[i]);
        }
    }

    /// <summary>A NULL-terminated vector, as argv and envp are.</summary>
    internal byte** Vector => _entries;

    internal byte* First => _entries[0];

    internal static NativeStrings One(string value) => new([value]);

    public void Dispose()
    {
        for (var i = 0; i < _count; i++)
            NativeMemory.Free(_entries[i]);
        NativeMemory.Free(_entries);
    }

    static byte* Allocate(string value)
    {
        var length = Encoding.UTF8.GetByteCount(value);
        var start = (byte*)NativeMemory.Alloc((nuint)length + 1);
        Encoding.UTF8.GetBytes(value, new Span<byte>(start, length));
        start[length] = 0;
        return start;
    }
}

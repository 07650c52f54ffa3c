using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
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

    /// <summary>A single string, which has to be disposed as well.</summary>
    internal static NativeString One(string value) => new(value);

    public void Dispose()
    {
        for (var i = 0; i < _count; i++)
            NativeMemory.Free(_entries[i]);
        NativeMemory.Free(_entries);
    }

    internal static byte* Allocate(string value)
    {
        var length = Encoding.UTF8.GetByteCount(value);
        var start = (byte*)NativeMemory.Alloc((nuint)length + 1);
        Encoding.UTF8.GetBytes(value, new Span<byte>(start, length));
        start[length] = 0;
        return start;
    }
}

/// <summary>
/// One string as the kernel takes it: UTF-8, NUL-terminated. A short one, as most paths are, is kept in the variable
/// itself, which is why it lives on the stack only.
/// </summary>
unsafe ref struct NativeString
{
    const int ShortBytes = 256;

    Short _short;
    byte* _long;

    [SkipLocalsInit]
    internal NativeString(string value)
    {
        if (value.Contains('\0', StringComparison.Ordinal))
            throw new ArgumentException("a string for the kernel contains NUL", nameof(value));
        Unsafe.SkipInit(out _short);
        Span<byte> bytes = _short;
        if (Encoding.UTF8.TryGetBytes(value, bytes[..^1], out var length))
        {
            bytes[length] = 0;
            _long = null;
        }
        else
        {
            _long = NativeStrings.Allocate(value);
        }
    }

    /// <summary>Where it stands; only while this variable does.</summary>
    [UnscopedRef]
    internal readonly byte* First =>
        _long is not null ? _long : (byte*)Unsafe.AsPointer(ref Unsafe.AsRef(in _short));

    public void Dispose()
    {
        NativeMemory.Free(_long);
        _long = null;
    }

    [InlineArray(ShortBytes)]
    struct Short
    {
        byte _first;
    }
}

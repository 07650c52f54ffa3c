using System.Reflection;
using System.Runtime.InteropServices;
using SQLitePCL;

namespace Writ.Server.Storage;

/// <summary>
/// The SQLite of the distribution, which its security team patches; a copy inside a package would age with us. The
/// provider asks for "e_sqlite3", and here that name is answered with <c>libsqlite3.so.0</c> or the file that
/// <c>WRIT_SQLITE</c> names.
/// </summary>
public static class SqliteLibrary
{
    public const string PathVariable = "WRIT_SQLITE";
    const string ProviderName = "e_sqlite3";
    const string SystemName = "libsqlite3.so.0";

    // STRICT tables appeared in 3.37.
    const int OldestVersion = 3_037_000;

    static readonly Lazy<string> Loaded = new(LoadOnce);

    /// <summary>Loads the library once and answers its version. Microsoft.Data.Sqlite works afterwards.</summary>
    public static string Load() => Loaded.Value;

    static string LoadOnce()
    {
        var provider = new SQLite3Provider_e_sqlite3();
        NativeLibrary.SetDllImportResolver(provider.GetType().Assembly, Resolve);
        raw.SetProvider(provider);
        raw.FreezeProvider();
        var version = raw.sqlite3_libversion().utf8_to_string();
        return raw.sqlite3_libversion_number() >= OldestVersion
            ? version
            : throw new LedgerFaultException(StorageCodes.Io, $"SQLite {version} is too old; 3.37 or newer is needed.");
    }

    static nint Resolve(string name, Assembly assembly, DllImportSearchPath? search)
    {
        if (name != ProviderName)
            return 0;
        var wanted = Environment.GetEnvironmentVariable(PathVariable) is { Length: > 0 } named ? named : SystemName;
        return NativeLibrary.TryLoad(wanted, out var library)
            ? library
            : throw new LedgerFaultException(
                StorageCodes.Io, $"SQLite was not found as '{wanted}'; install libsqlite3-0 or set {PathVariable}.");
    }
}

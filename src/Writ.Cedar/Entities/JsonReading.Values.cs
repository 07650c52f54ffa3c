using System.Text.Json;

namespace Writ.Cedar;

/// <summary>The values inside of Cedar's JSON formats.</summary>
sealed partial class JsonReading
{
    CedarRecord? Record(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object)
            return Fail<CedarRecord>("an object", element);
        var record = new RecordBuilder();
        foreach (var member in element.EnumerateObject())
        {
            _here = member.Value;
            _path.Add("." + member.Name);
            if (member.Name is "__entity" or "__extn" or "__expr")
                return Fail<CedarRecord>("an attribute", "a reserved name");
            if (ReadValue(member.Value) is not { } value)
                return null;
            if (!record.TryAdd(member.Name, value))
                return Fail<CedarRecord>("each attribute once", "it again");
            Leave();
        }
        return record.Build();
    }

    Value? ReadValue(JsonElement element)
    {
        _here = element;
        switch (element.ValueKind)
        {
            case JsonValueKind.True:
                return CedarBool.True;
            case JsonValueKind.False:
                return CedarBool.False;
            case JsonValueKind.String:
                return new CedarString(element.GetString()!);
            case JsonValueKind.Number:
                return element.TryGetInt64(out var number)
                    ? new CedarLong(number)
                    : Fail<Value>("an integer of 64 bits", element);
            case JsonValueKind.Array:
                return ReadSet(element);
            case JsonValueKind.Object:
                if (OnlyMember(element, "__entity") is { } uid)
                    return Uid(uid);
                return OnlyMember(element, "__extn") is { } call ? ReadCall(call) : Record(element);
            default:
                return Fail<Value>("a value that Cedar has", element);
        }
    }

    CedarSet? ReadSet(JsonElement element)
    {
        var values = new List<Value>(element.GetArrayLength());
        foreach (var item in element.EnumerateArray())
        {
            _path.Add($"[{values.Count}]");
            if (ReadValue(item) is not { } value)
                return null;
            values.Add(value);
            Leave();
        }
        return CedarSet.Of(values);
    }

    /// <summary>Reads <c>{fn, arg}</c> or <c>{fn, args}</c> and computes the value.</summary>
    Value? ReadCall(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object)
            return Fail<Value>("an object with fn and arg or args", element);
        string? spelling = null;
        List<Value>? arguments = null;
        foreach (var member in element.EnumerateObject())
        {
            var isList = member.Name == "args" && member.Value.ValueKind == JsonValueKind.Array;
            if (member.Name == "fn" && spelling is null && member.Value.ValueKind == JsonValueKind.String)
            {
                spelling = member.Value.GetString();
                continue;
            }
            if (arguments is not null || !(isList || member.Name == "arg"))
                return Fail<Value>("fn and either arg or args, each once", Shown(member.Name));
            arguments = [];
            foreach (var argument in isList ? [.. member.Value.EnumerateArray()] : new[] { member.Value })
            {
                if (ReadValue(argument) is not { } value)
                    return null;
                arguments.Add(value);
            }
        }
        if (spelling is null || arguments is null || ExtensionFunctions.Find(spelling) is not { } function)
            return Fail<Value>("an extension function with its arguments", $"'{spelling}'");
        if (arguments.Count != ExtensionFunctions.Arity(function))
            return Fail<Value>($"the arguments of '{spelling}'", FormattableString.Invariant($"{arguments.Count}"));
        return ExtensionCall.Apply(function, arguments[0], arguments.Count > 1 ? arguments[1] : null).Value
            ?? Fail<Value>($"a value of '{spelling}'", arguments[0].ToString());
    }
}

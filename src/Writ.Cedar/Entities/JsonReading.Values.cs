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
        const string Expected = "an object with fn and either arg or args";
        if (Members(element, Expected, "fn", "arg", "args") is not { } members)
            return null;
        if (members is not [{ } name, var single, var several] || single is null == several is null)
            return Fail<Value>(Expected, "another object");
        if (In(".fn", name, Text) is not { } spelling)
            return null;
        if (ExtensionFunctions.Find(spelling) is not { } function)
            return Fail<Value>("an extension function", Shown(spelling));
        var arguments = new List<Value>();
        var wanted = ExtensionSignature.Of(function).Wanted;
        // Only with a schema may an argument leave its own function out.
        Value? ReadArgument(JsonElement part) =>
            _schema is not null && arguments.Count < wanted.Length && wanted[arguments.Count].Only is { } type
                ? ReadValue(part, type)
                : ReadValue(part);

        if (single is { } argument)
        {
            if (In(".arg", argument, ReadArgument) is not { } value)
                return null;
            arguments.Add(value);
        }
        else if (several is { ValueKind: JsonValueKind.Array } list)
        {
            foreach (var part in list.EnumerateArray())
            {
                if (In($".args[{arguments.Count}]", part, ReadArgument) is not { } value)
                    return null;
                arguments.Add(value);
            }
        }
        else
        {
            return Fail<Value>("an array as args", several!.Value);
        }
        _here = element;
        if (arguments.Count != ExtensionFunctions.Arity(function))
            return Fail<Value>($"the arguments of '{spelling}'", FormattableString.Invariant($"{arguments.Count}"));
        return ExtensionCall.Apply(function, arguments[0], arguments.Count > 1 ? arguments[1] : null).Value
            ?? Fail<Value>($"a value of '{spelling}'", arguments[0].ToString());
    }
}
